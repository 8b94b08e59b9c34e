-- Nobody calls Planhat before now + ARGV[1] ms. The time is only ever raised.
local till = now() + ARGV[1]
local pause = tonumber(redis.call('GET', P .. 'pause') or 0)
if till > pause then redis.call('SET', P .. 'pause', string.format('%.0f', till), 'PX', ARGV[1]) end
return 1
