-- Forgets what is older than it must be kept, one page of the oldest events at a time; waiting events are never
-- touched. ARGV: bodies until (ms), ids until (ms), offset of the page, its size, 1 to leave dead events alone.
-- Returns the offset of the next page, -1 at the end.
local kept = 0
local page = redis.call('ZRANGE', P .. 'events', ARGV[3], ARGV[3] + ARGV[4] - 1)
for _, id in ipairs(page) do
  local key = event_key(id)
  local fields = redis.call('HMGET', key, 's', 't')
  local received = tonumber(fields[2] or 0)
  if received > tonumber(ARGV[1]) then return -1 end
  if fields[1] == 'waiting' or fields[1] == 'dead' and ARGV[5] == '1' then
    kept = kept + 1
  elseif received <= tonumber(ARGV[2]) then
    redis.call('DEL', key)
    redis.call('ZREM', P .. 'events', id)
    redis.call('ZREM', P .. 'dead', id)
  else
    redis.call('HDEL', key, 'b', 'g', 'p', 'e')
    kept = kept + 1
  end
end
return #page == tonumber(ARGV[4]) and ARGV[3] + kept or -1
