-- One call to Planhat that can wait, if others leave room for it. ARGV: calls of any kind within the window above which
-- there is no room, calls of this kind that one window takes, window (ms).
-- Returns 1 when it may go out now (and counts it), else 0.
local time = now()
if tonumber(redis.call('GET', P .. 'pause') or 0) > time then return 0 end
local calls, reads = P .. 'calls', P .. 'reads'
for list, most in pairs({ [calls] = tonumber(ARGV[1]), [reads] = tonumber(ARGV[2]) }) do
  if most < 1 then return 0 end
  local oldest = redis.call('LINDEX', list, most - 1)
  if oldest and time - oldest < tonumber(ARGV[3]) then return 0 end
end
redis.call('LPUSH', reads, time)
redis.call('LTRIM', reads, 0, ARGV[2] - 1)
redis.call('PEXPIRE', reads, ARGV[3])
redis.call('LPUSH', calls, time)
redis.call('PEXPIRE', calls, ARGV[3])
redis.call('HINCRBY', P .. 'stats', 'planhat_calls', 1)
return 1
