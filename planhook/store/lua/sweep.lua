-- Repairs what faults leave behind. Returns whether to wake the planner, the deliverer, the fetcher, and how many
-- planners and fetchers were found silent.
local time = now()
local silent = redis.call('ZRANGEBYSCORE', P .. 'planners', '-inf', time)
for _, planner in ipairs(silent) do reclaim(planner) end
local mute = redis.call('ZRANGEBYSCORE', P .. 'fetchers', '-inf', time)
for _, fetcher in ipairs(mute) do release_lookups(fetcher, true) end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'held', '-inf', time, 'LIMIT', 0, 500)) do
  local fields = fields_of(id, 's', 'o')
  if fields and fields[2] then
    redis.call('HSET', event_key(id), 'o', (string.gsub(fields[2], 'h', 'b')))
    conclude(id)
  else
    redis.call('ZREM', P .. 'held', id)
  end
end
local plan, deliver, fetch = 0, 0, 0
if unplanned() > 0 then plan = wake('plan') end
local paused = tonumber(redis.call('GET', P .. 'pause') or 0) > time
local function any_due(name) return #redis.call('ZRANGEBYSCORE', P .. name, '-inf', time, 'LIMIT', 0, 1) > 0 end
if not paused and (any_due('due') or any_due('watch')) then
  deliver = wake('deliver')
end
for _, source in ipairs(redis.call('ZRANGEBYSCORE', P .. 'fetch', '-inf', time)) do
  if any_due('fetch:due:' .. source) then
    fetch = wake('fetch')
    break
  end
end
return { plan, deliver, fetch, #silent + #mute }
