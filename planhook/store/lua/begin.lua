-- Notes what the holder of the lease is about to write. ARGV: lease, note. Returns 0 when the lease has passed on.
if redis.call('GET', P .. 'lease') ~= ARGV[1] then return 0 end
redis.call('SET', P .. 'inflight', ARGV[2])
redis.call('SET', P .. 'inflight:since', now())
return 1
