-- Commits what a lookup brought. ARGV: fetcher, source, key, look again in (ms, '' for not by itself), state ('' to
-- keep it), number of completed events, then per event: id, body, type; time of receipt (ms), number of events
-- that were found, those (see take_in).
-- Returns 'lost' when the lookup is no longer this fetcher's, else whether to wake the planner.
local source, key = ARGV[2], ARGV[3]
local lookup = source .. ':' .. key
local claims = P .. 'fetch:claims:' .. ARGV[1]
if redis.call('SISMEMBER', claims, lookup) == 0 then return 'lost' end
local found = 7 + ARGV[6] * 3
local requests = { { ARGV[found], found + 2, tonumber(ARGV[found + 1]) } }
local known = known_among(requests)
redis.call('LLEN', inbox_of(source)) -- must fail before the first write, if at all
local completed = false
for i = 7, 6 + ARGV[6] * 3, 3 do
  -- An event leaves the lookup once.
  if redis.call('ZREM', events_of(lookup), ARGV[i]) == 1 then
    local record = event_key(ARGV[i])
    redis.call('HSETNX', record, 'g', redis.call('HGET', record, 'b'))
    redis.call('HSET', record, 'b', ARGV[i + 1], 'y', ARGV[i + 2], 'z', '')
    put_into_inbox(source, { ARGV[i] })
    completed = true
  end
end
local plan = take_in(requests, known)[3]
if ARGV[5] ~= '' then redis.call('SET', P .. 'fetch:state:' .. lookup, ARGV[5], 'PX', 400 * 86400000) end
if redis.call('EXISTS', events_of(lookup)) == 1 then
  redis.call('ZADD', lookups_of(source), now(), key)
elseif ARGV[4] ~= '' then
  redis.call('ZADD', lookups_of(source), now() + ARGV[4], key)
else
  redis.call('ZREM', lookups_of(source), key)
end
redis.call('HDEL', P .. 'fetch:crashes', lookup)
redis.call('HDEL', P .. 'fetch:trouble', source, lookup)
redis.call('SREM', claims, lookup)
if completed and plan == 0 then return wake('plan') end
return plan
