-- ARGV: fetcher, until when it counts as alive (ms from now). A fetcher without lookups is not kept.
if redis.call('EXISTS', P .. 'fetch:claims:' .. ARGV[1]) == 1 then
  redis.call('ZADD', P .. 'fetchers', now() + ARGV[2], ARGV[1])
else
  redis.call('ZREM', P .. 'fetchers', ARGV[1])
end
return 1
