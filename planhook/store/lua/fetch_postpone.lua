-- Puts off a lookup. ARGV: fetcher, source, key, for how long (ms), how long to leave its source alone (ms), why, how
-- many single lookups may be in trouble (0: it is the trouble of the source).
-- The time until which a source is left alone is only ever raised. The reason, with the time of the first one, is
-- shown until a lookup of the source succeeds, that of a single lookup until this one does.
local lookup, troubles = ARGV[2] .. ':' .. ARGV[3], P .. 'fetch:trouble'
redis.call('ZADD', P .. 'fetch', 'GT', now() + ARGV[5], ARGV[2])
if ARGV[6] ~= '' then
  local most = tonumber(ARGV[7])
  local about = most > 0 and lookup or ARGV[2]
  local told = redis.call('HGET', troubles, about)
  if told or most == 0 or redis.call('HLEN', troubles) < most then
    local since = string.match(told or '', '^%d+') or now()
    redis.call('HSET', troubles, about, string.format('%.0f %s', since, ARGV[6]))
  end
end
if redis.call('SREM', P .. 'fetch:claims:' .. ARGV[1], lookup) == 0 then return 0 end
redis.call('ZADD', lookups_of(ARGV[2]), now() + ARGV[4], ARGV[3])
return 1
