-- Returns the note of what somebody was about to write, false if there is none, and how long ago that was (ms).
local note = redis.call('GET', P .. 'inflight')
return { note, now() - (redis.call('GET', P .. 'inflight:since') or now()) }
