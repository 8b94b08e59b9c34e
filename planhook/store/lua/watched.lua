-- ARGV: how many at most. Returns key, what was written, of each whose time has come.
local rows = {}
for _, key in ipairs(redis.call('ZRANGEBYSCORE', P .. 'watch', '-inf', now(), 'LIMIT', 0, ARGV[1])) do
  rows[#rows + 1] = key
  rows[#rows + 1] = redis.call('HGET', P .. 'watch:values', key) or ''
end
return rows
