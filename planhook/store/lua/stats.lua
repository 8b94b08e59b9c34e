-- All figures of one moment: the counters as name, value pairs, then those that are lengths.
local figures = redis.call('HGETALL', P .. 'stats')
local function add(name, value)
  figures[#figures + 1] = name
  figures[#figures + 1] = value
end
add('held', redis.call('ZCARD', P .. 'held'))
add('tasks_pending', redis.call('ZCARD', P .. 'due'))
add('problems', redis.call('HLEN', P .. 'problems'))
add('inbox', unplanned())
local oldest = redis.call('ZRANGE', P .. 'waiting', 0, 0, 'WITHSCORES')
add('oldest_waiting_ms', oldest[2] and now() - oldest[2] or 0)
add('paused_ms', math.max(0, tonumber(redis.call('GET', P .. 'pause') or 0) - now()))
return figures
