-- Puts off a lookup. ARGV: fetcher, source, key, for how long (ms), how long to leave its source alone (ms), why.
-- The time until which a source is left alone is only ever raised. The reason, with the time of the first one, is
-- shown until a lookup of the source succeeds.
local lookup = ARGV[2] .. ':' .. ARGV[3]
redis.call('ZADD', P .. 'fetch', 'GT', now() + ARGV[5], ARGV[2])
if ARGV[6] ~= '' then
  local since = string.match(redis.call('HGET', P .. 'fetch:trouble', ARGV[2]) or '', '^%d+') or now()
  redis.call('HSET', P .. 'fetch:trouble', ARGV[2], string.format('%.0f %s', since, ARGV[6]))
end
if redis.call('SREM', P .. 'fetch:claims:' .. ARGV[1], lookup) == 0 then return 0 end
redis.call('ZADD', lookups_of(ARGV[2]), now() + ARGV[4], ARGV[3])
return 1
