-- Settles to whom subjects belong, and judges what is said of them. ARGV: how long to remember (ms; 0 to settle
-- nothing), then subject, holder and 1 if that is certain, in turns.
-- A subject is a hash: `first` is who claimed it first, each certain holder is a field of its own, `corrected` tells
-- that the first one is none of them. All is settled before anything is judged.
-- Returns for each 1 if the subject belongs to another holder, 2 if it does not but was claimed by another, else 0.
local function is_settled(key)
  local first = redis.call('HEXISTS', key, 'first') + redis.call('HEXISTS', key, 'corrected')
  return redis.call('HLEN', key) > first
end

if ARGV[1] ~= '0' then
  for i = 2, #ARGV, 3 do
    local key, holder = P .. 'bound:' .. ARGV[i], ARGV[i + 1]
    if ARGV[i + 2] == '1' then
      redis.call('HSET', key, holder, 1)
      local first = redis.call('HGET', key, 'first')
      if first and redis.call('HEXISTS', key, first) == 0 then redis.call('HSET', key, 'corrected', 1) end
    elseif not is_settled(key) then
      redis.call('HSETNX', key, 'first', holder)
    end
  end
end

local answer = {}
for i = 2, #ARGV, 3 do
  local key, holder = P .. 'bound:' .. ARGV[i], ARGV[i + 1]
  local is_other = false
  if ARGV[i + 2] ~= '1' and is_settled(key) then
    is_other = redis.call('HEXISTS', key, holder) == 0
  elseif ARGV[i + 2] ~= '1' then
    is_other = (redis.call('HGET', key, 'first') or holder) ~= holder
  end
  if not is_other and ARGV[1] ~= '0' then redis.call('PEXPIRE', key, ARGV[1]) end
  answer[#answer + 1] = is_other and 1 or redis.call('HEXISTS', key, 'corrected') * 2
end
return answer
