-- ARGV: how long to wait (ms), how many writes to keep per task, then per task: key, what was written (one line).
-- Every unclear write of a task is kept: an older one may arrive behind a newer one.
local due = now() + ARGV[1]
for i = 3, #ARGV, 2 do
  local writes = redis.call('HGET', P .. 'watch:values', ARGV[i])
  local lines = {}
  for line in string.gmatch(writes or '', '[^\n]+') do lines[#lines + 1] = line end
  lines[#lines + 1] = ARGV[i + 1]
  while #lines > tonumber(ARGV[2]) do table.remove(lines, 1) end
  redis.call('ZADD', P .. 'watch', due, ARGV[i])
  redis.call('HSET', P .. 'watch:values', ARGV[i], table.concat(lines, '\n'))
end
return 1
