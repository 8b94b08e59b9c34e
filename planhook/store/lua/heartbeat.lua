-- ARGV: planner, until when it counts as alive (ms from now). A planner without claims is not kept.
if redis.call('EXISTS', P .. 'claims:' .. ARGV[1]) == 1 then
  redis.call('ZADD', P .. 'planners', now() + ARGV[2], ARGV[1])
end
return 1
