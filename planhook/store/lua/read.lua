-- The registers of tasks. ARGV: their keys. Returns for each its revision and record, false where there are none.
local rows = {}
for i, key in ipairs(ARGV) do rows[i] = redis.call('HMGET', task_key(key), 'r', 'j') end
return rows
