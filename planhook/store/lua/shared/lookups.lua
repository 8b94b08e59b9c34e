-- What is to be fetched for thin events.

-- A lookup, "source:key", is one thing to fetch for all events that wait for it. `fetch` holds the sources with
-- the time until which each is left alone, `fetch:due:<source>` the keys with their due times.
local CLAIMED = 9007199254740991 -- the due time of a lookup that a fetcher has in hand
local function lookups_of(source) return P .. 'fetch:due:' .. source end
local function events_of(lookup) return P .. 'fetch:events:' .. lookup end

-- Makes a lookup due now, unless a fetcher has it: then it is looked at again when that one is done.
local function look_up(source, key)
  redis.call('ZADD', P .. 'fetch', 'NX', 0, source)
  local due = redis.call('ZSCORE', lookups_of(source), key)
  if not due or tonumber(due) ~= CLAIMED then redis.call('ZADD', lookups_of(source), now(), key) end
end

-- A lookup that ended its fetcher: it is tried again later and alone. The third time its events are poison, and
-- nothing asks for it any more. Returns how long to leave it alone (ms), nil after the third time.
local function blame_lookup(lookup)
  local crashes = redis.call('HINCRBY', P .. 'fetch:crashes', lookup, 1)
  if crashes >= 3 then
    for _, id in ipairs(redis.call('ZRANGE', events_of(lookup), 0, -1)) do
      redis.call('HSET', event_key(id), 'o', 'x', 'x', 'poison: fetching it ended its worker ' .. crashes .. ' times')
      conclude(id)
    end
    redis.call('DEL', events_of(lookup))
    redis.call('HDEL', P .. 'fetch:trouble', lookup)
    return nil
  end
  return math.min(60000, 500 * 2 ^ crashes)
end

-- Makes what a fetcher had in hand due again.
local function release_lookups(fetcher, crashed)
  local claims = P .. 'fetch:claims:' .. fetcher
  for _, lookup in ipairs(redis.call('SMEMBERS', claims)) do
    local source, key = string.match(lookup, '^([^:]*):(.*)$')
    local delay = 0
    if crashed then delay = blame_lookup(lookup) end
    if delay then
      redis.call('ZADD', lookups_of(source), now() + delay, key)
    else
      redis.call('ZREM', lookups_of(source), key)
    end
  end
  redis.call('DEL', claims)
  redis.call('ZREM', P .. 'fetchers', fetcher)
end
