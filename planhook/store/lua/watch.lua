-- ARGV: how long to wait (ms), then per task: key, what was written. The last write of a task is the one watched.
local due = now() + ARGV[1]
for i = 2, #ARGV, 2 do
  redis.call('ZADD', P .. 'watch', due, ARGV[i])
  redis.call('HSET', P .. 'watch:values', ARGV[i], ARGV[i + 1])
end
return 1
