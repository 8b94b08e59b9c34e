-- Notes that a Planhat is the one that the registers are about. ARGV: lease, mark, 1 when no other one is.
-- Returns 0 when the lease has passed on.
if redis.call('GET', P .. 'lease') ~= ARGV[1] then return 0 end
if ARGV[3] == '1' then redis.call('DEL', P .. 'tenant') end
redis.call('SADD', P .. 'tenant', ARGV[2])
return 1
