-- Puts off a lookup. ARGV: fetcher, source, key, for how long (ms), how long to leave its source alone (ms).
-- The time until which a source is left alone is only ever raised.
local lookup = ARGV[2] .. ':' .. ARGV[3]
redis.call('ZADD', P .. 'fetch', 'GT', now() + ARGV[5], ARGV[2])
if redis.call('SREM', P .. 'fetch:claims:' .. ARGV[1], lookup) == 0 then return 0 end
redis.call('ZADD', lookups_of(ARGV[2]), now() + ARGV[4], ARGV[3])
return 1
