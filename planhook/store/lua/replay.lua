-- Plans an ended event again, as a new attempt; a thin one is fetched again. ARGV: id.
-- Returns 'unknown', 'waiting', 'purged', or whether to wake the planner (the sweeper wakes the fetcher).
local key = event_key(ARGV[1])
local fields = redis.call('HMGET', key, 's', 'b')
if not fields[1] then return 'unknown' end
if fields[1] == 'waiting' then return 'waiting' end
if not fields[2] then return 'purged' end
redis.call('HINCRBY', key, 'n', 1)
redis.call('HDEL', key, 'k', 'o', 'x', 'p')
for _, name in ipairs(redis.call('HKEYS', key)) do
  if string.find(name, '^a%d+$') then redis.call('HDEL', key, name) end
end
move(ARGV[1], 'waiting', '')
return send_on(ARGV[1]) == 'plan' and wake('plan') or 0
