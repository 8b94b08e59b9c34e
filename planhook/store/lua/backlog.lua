-- Returns how many events wait to be planned, those that planners hold included.
local waiting = unplanned()
for _, planner in ipairs(redis.call('ZRANGE', P .. 'planners', 0, -1)) do
  waiting = waiting + redis.call('SCARD', P .. 'claims:' .. planner)
end
return waiting
