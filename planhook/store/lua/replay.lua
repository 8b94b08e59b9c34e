-- Plans an ended event again, as a new attempt; a thin one is fetched again. ARGV: id.
-- Returns 'unknown', 'waiting', 'purged', or whether to wake the planner (the sweeper wakes the fetcher).
local key = event_key(ARGV[1])
local fields = redis.call('HMGET', key, 's', 'b', 'i', 'c', 'f')
if not fields[1] then return 'unknown' end
if fields[1] == 'waiting' then return 'waiting' end
if not fields[2] then return 'purged' end
redis.call('LLEN', inbox_of(fields[4])) -- must fail before the first write, if at all
redis.call('HINCRBY', key, 'n', 1)
redis.call('HDEL', key, 'k', 'o', 'x', 'p')
for _, name in ipairs(redis.call('HKEYS', key)) do
  if string.find(name, '^a%d+$') then redis.call('HDEL', key, name) end
end
move(ARGV[1], 'waiting', '')
if send_on(ARGV[1], fields[3], fields[4], fields[5] or '') == 'fetch' then return 0 end
return wake('plan')
