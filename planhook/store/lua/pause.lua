-- Nobody calls Planhat before now + ARGV[1] ms, because of ARGV[2]. The time is only ever raised. The reason is
-- shown until a call succeeds, or for a while after the pause.
redis.call('SET', P .. 'trouble', ARGV[2], 'PX', ARGV[1] + 120000)
local till = now() + ARGV[1]
local pause = tonumber(redis.call('GET', P .. 'pause') or 0)
if till > pause then redis.call('SET', P .. 'pause', string.format('%.0f', till), 'PX', ARGV[1]) end
return 1
