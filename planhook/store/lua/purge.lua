-- Forgets what is older than it must be kept. ARGV: bodies until (ms), ids until (ms), how many at most.
-- Waiting events are never touched. Returns how many were looked at.
local looked = 0
local start = tonumber(redis.call('GET', P .. 'purged') or 0)
local rows = redis.call('ZRANGEBYSCORE', P .. 'events', '(' .. start, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #rows, 2 do
  local key = event_key(rows[i])
  local fields = redis.call('HMGET', key, 's', 't')
  if fields[2] and tonumber(fields[2]) > tonumber(ARGV[1]) then break end
  if fields[1] and fields[1] ~= 'waiting' then
    redis.call('HDEL', key, 'b', 'g', 'p')
  end
  redis.call('SET', P .. 'purged', rows[i + 1])
  looked = looked + 1
end
for _, id in ipairs(redis.call('ZRANGE', P .. 'events', 0, ARGV[3] - 1)) do
  local fields = redis.call('HMGET', event_key(id), 's', 't')
  if fields[2] and tonumber(fields[2]) > tonumber(ARGV[2]) then break end
  if fields[1] ~= 'waiting' then
    redis.call('DEL', event_key(id))
    redis.call('ZREM', P .. 'events', id)
    redis.call('ZREM', P .. 'dead', id)
    looked = looked + 1
  end
end
return looked
