-- Adds what one process refused.
-- ARGV: most counters, most refusals kept, how many counters follow; per counter: its name, the name to count
-- under when it is new and there are too many, how often; then the refusals, oldest first.
local counters = P .. 'refusals'
local most, kept, last = tonumber(ARGV[1]), tonumber(ARGV[2]), 3 + 3 * ARGV[3]
for i = 4, last, 3 do
  local name = ARGV[i]
  if redis.call('HEXISTS', counters, name) == 0 and redis.call('HLEN', counters) >= most then name = ARGV[i + 1] end
  redis.call('HINCRBY', counters, name, ARGV[i + 2])
end
for i = last + 1, #ARGV do redis.call('LPUSH', P .. 'refusals:last', ARGV[i]) end
redis.call('LTRIM', P .. 'refusals:last', 0, kept - 1)
