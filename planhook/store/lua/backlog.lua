-- Returns how many events wait to be planned, those that planners hold included.
local waiting = redis.call('LLEN', P .. 'inbox') + redis.call('LLEN', P .. 'suspects')
for _, planner in ipairs(redis.call('ZRANGE', P .. 'planners', 0, -1)) do
  waiting = waiting + redis.call('SCARD', P .. 'claims:' .. planner)
end
return waiting
