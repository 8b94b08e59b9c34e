-- Hands events to a planner. ARGV: planner, how many, how long until it must be heard of again (ms).
-- Returns id, attempt, body of each.
redis.call('ZADD', P .. 'planners', now() + ARGV[3], ARGV[1])
local suspect = redis.call('LPOP', P .. 'suspects')
local ids = suspect and { suspect } or redis.call('LPOP', P .. 'inbox', ARGV[2]) or {}
local claimed = {}
for _, id in ipairs(ids) do
  local fields = redis.call('HMGET', event_key(id), 'n', 'b')
  if fields[2] then
    redis.call('SADD', P .. 'claims:' .. ARGV[1], id)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = fields[1]
    claimed[#claimed + 1] = fields[2]
  end
end
return claimed
