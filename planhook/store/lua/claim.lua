-- Hands events to a planner. ARGV: planner, how many, how long until it must be heard of again (ms), 1 if it may be a
-- suspect. Returns 1 for a suspect or 0, then id, attempt, body of each.
local claims = P .. 'claims:' .. ARGV[1]
-- What it holds already was handed out in an answer that got lost, or not committed because Redis was away.
local ids = redis.call('SRANDMEMBER', claims, ARGV[2])
local is_suspect = 0
if #ids == 0 and ARGV[4] == '0' then ids = take_from_inboxes(tonumber(ARGV[2])) end
if #ids == 0 then
  local suspect = redis.call('LPOP', P .. 'suspects')
  if suspect then
    ids, is_suspect = { suspect }, 1
  elseif ARGV[4] == '1' then
    ids = take_from_inboxes(tonumber(ARGV[2]))
  end
end
local events, taken, claimed = {}, {}, { is_suspect }
for _, id in ipairs(ids) do
  local fields = fields_of(id, 'n', 'b', 'i')
  if fields and fields[2] then
    taken[#taken + 1] = id
    events[#events + 1] = { tonumber(fields[3] or '') or 0, id, fields[1], fields[2] }
  end
end
-- As they came, whatever source they are of: who claims a subject first may matter.
table.sort(events, function(one, other) return one[1] < other[1] end)
for _, event in ipairs(events) do
  for i = 2, 4 do claimed[#claimed + 1] = event[i] end
end
for_all('SADD', claims, taken)
if #taken > 0 then redis.call('ZADD', P .. 'planners', now() + ARGV[3], ARGV[1]) end
return claimed
