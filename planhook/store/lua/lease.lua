-- The right to deliver. ARGV: owner, token, how long it holds (ms). An owner takes over what it held itself:
-- it has one deliverer, so that tenure is over. Returns 1 when the lease is ours.
local held = redis.call('GET', P .. 'lease')
if held and string.sub(held, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then return 0 end
redis.call('SET', P .. 'lease', ARGV[2], 'PX', ARGV[3])
return 1
