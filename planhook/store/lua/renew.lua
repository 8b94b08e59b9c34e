-- ARGV: lease, how long it holds (ms); 0 gives it back. Returns 1 when the lease is still ours.
if redis.call('GET', P .. 'lease') ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', P .. 'lease') else redis.call('PEXPIRE', P .. 'lease', ARGV[2]) end
return 1
