-- One call to Planhat, if the budget of all processes allows it. ARGV: calls per window, window (ms).
-- Returns 0 when it may go out now (and counts it), else how long to wait (ms).
local time = now()
local pause = tonumber(redis.call('GET', P .. 'pause') or 0)
if pause > time then return pause - time end
local calls, limit = P .. 'calls', tonumber(ARGV[1])
local oldest = redis.call('LINDEX', calls, limit - 1)
if oldest and time - oldest < tonumber(ARGV[2]) then return ARGV[2] - (time - oldest) end
redis.call('LPUSH', calls, time)
redis.call('LTRIM', calls, 0, limit - 1)
redis.call('PEXPIRE', calls, ARGV[2])
redis.call('HINCRBY', P .. 'stats', 'planhat_calls', 1)
return 0
