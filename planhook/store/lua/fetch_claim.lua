-- Hands lookups to a fetcher. ARGV: fetcher, how many, how long until it must be heard of again (ms), most events
-- of each, 1 when the fetcher has nothing in hand.
-- Returns per lookup: source, key, state, 1 when nothing may be fetched beside it, {id, body, …}.
local time = now()
local most = tonumber(ARGV[2])
local queues, suspect = {}, nil
for _, source in ipairs(redis.call('ZRANGEBYSCORE', P .. 'fetch', '-inf', time)) do
  local keys = redis.call('ZRANGEBYSCORE', lookups_of(source), '-inf', time, 'LIMIT', 0, most)
  queues[#queues + 1] = { source, keys }
  for _, key in ipairs(keys) do
    if redis.call('HEXISTS', P .. 'fetch:crashes', source .. ':' .. key) == 1 then suspect = { source, key } end
  end
end

local claimed = {}
local function claim(source, key)
  local lookup = source .. ':' .. key
  local events = {}
  for _, id in ipairs(redis.call('ZRANGE', events_of(lookup), 0, ARGV[4] - 1)) do
    local fields = redis.call('HMGET', event_key(id), 'g', 'b')
    events[#events + 1] = id
    events[#events + 1] = fields[1] or fields[2] or ''
  end
  redis.call('ZADD', lookups_of(source), CLAIMED, key)
  redis.call('ZADD', P .. 'fetchers', time + ARGV[3], ARGV[1])
  redis.call('SADD', P .. 'fetch:claims:' .. ARGV[1], lookup)
  local state = redis.call('GET', P .. 'fetch:state:' .. lookup) or ''
  claimed[#claimed + 1] = { source, key, state, suspect and 1 or 0, events }
end

if suspect then
  -- It ended a fetcher before, so it must not take others with it.
  if ARGV[5] == '1' then claim(suspect[1], suspect[2]) end
  return claimed
end
-- One of each source in turn: the backlog of one holds up no other.
for turn = 1, most do
  for _, queue in ipairs(queues) do
    if queue[2][turn] and #claimed < most then claim(queue[1], queue[2][turn]) end
  end
end
return claimed
