-- Settles to whom subjects belong: to the first holder that is named. ARGV: how long to remember (ms), then subject
-- and holder in turns. Returns for each 1 if it belongs to another holder, else 0.
local answer = {}
for i = 2, #ARGV, 2 do
  local key = P .. 'binding:' .. ARGV[i]
  redis.call('SET', key, ARGV[i + 1], 'NX')
  local is_other = redis.call('GET', key) ~= ARGV[i + 1]
  if not is_other then redis.call('PEXPIRE', key, ARGV[1]) end
  answer[#answer + 1] = is_other and 1 or 0
end
return answer
