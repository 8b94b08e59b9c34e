-- The pace of bulk writes, which whoever delivers next goes on with. ARGV: nothing, to ask for it; or, to note it, for how
-- long from now writes are paid for, and how long ago the last one was (ms). Returns both as they are now, or nothing.
local key = P .. 'pace'
if #ARGV > 0 then
  redis.call('HSET', key, 'paid', now() + ARGV[1], 'last', now() - ARGV[2])
  redis.call('PEXPIRE', key, 600000)
end
local paid, last = unpack(redis.call('HMGET', key, 'paid', 'last'))
if not paid then return {} end
return { paid - now(), now() - last }
