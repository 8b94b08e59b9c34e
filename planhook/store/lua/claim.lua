-- Hands events to a planner. ARGV: planner, how many, how long until it must be heard of again (ms).
-- Returns id, attempt, body of each.
local claims = P .. 'claims:' .. ARGV[1]
-- What it holds already was handed out in an answer that got lost, or not committed because Redis was away.
local ids = redis.call('SRANDMEMBER', claims, ARGV[2])
if #ids == 0 then
  local suspect = redis.call('LPOP', P .. 'suspects')
  ids = suspect and { suspect } or redis.call('LPOP', P .. 'inbox', ARGV[2]) or {}
end
local claimed, taken = {}, {}
for _, id in ipairs(ids) do
  local fields = fields_of(id, 'n', 'b')
  if fields and fields[2] then
    taken[#taken + 1] = id
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = fields[1]
    claimed[#claimed + 1] = fields[2]
  end
end
for_all('SADD', claims, taken)
if #taken > 0 then redis.call('ZADD', P .. 'planners', now() + ARGV[3], ARGV[1]) end
return claimed
