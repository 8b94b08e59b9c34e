-- One call to the API of a source, if the budget of all processes allows it. ARGV: source, calls per window,
-- window (ms). Returns 0 when it may go out now (and counts it), else how long to wait (ms).
local time = now()
local pause = tonumber(redis.call('ZSCORE', P .. 'fetch', ARGV[1]) or 0)
if pause > time then return pause - time end
local calls, limit = P .. 'fetch:calls:' .. ARGV[1], tonumber(ARGV[2])
local oldest = redis.call('LINDEX', calls, limit - 1)
if oldest and time - oldest < tonumber(ARGV[3]) then return ARGV[3] - (time - oldest) end
redis.call('LPUSH', calls, time)
redis.call('LTRIM', calls, 0, limit - 1)
redis.call('PEXPIRE', calls, ARGV[3])
return 0
