-- Makes the events of one request durable, all or none.
-- ARGV: time of receipt (ms), then per event: id, body, source, type, sender's id.
-- Returns: how many are new, how many were known, whether to wake the planner.
local accepted, duplicates = 0, 0
for i = 2, #ARGV, 5 do
  local id = ARGV[i]
  local key = event_key(id)
  if redis.call('EXISTS', key) == 1 then
    redis.call('HINCRBY', key, 'd', 1)
    duplicates = duplicates + 1
  else
    local number = redis.call('INCR', P .. 'sequence')
    redis.call('HSET', key, 's', 'waiting', 'i', number, 'n', 0, 't', ARGV[1], 'b', ARGV[i + 1],
      'c', ARGV[i + 2], 'y', ARGV[i + 3], 'q', ARGV[i + 4])
    redis.call('RPUSH', P .. 'inbox', id)
    redis.call('ZADD', P .. 'events', number, id)
    redis.call('ZADD', P .. 'waiting', ARGV[1], id)
    accepted = accepted + 1
  end
end
if duplicates > 0 then redis.call('HINCRBY', P .. 'stats', 'duplicates', duplicates) end
if accepted == 0 then return { 0, duplicates, 0 } end
redis.call('HINCRBY', P .. 'stats', 'accepted', accepted)
redis.call('HINCRBY', P .. 'stats', 'waiting', accepted)
return { accepted, duplicates, wake('plan') }
