-- Put before every script. Keys are built here, so the scripts need a single Redis, not a cluster.
local P = 'planhook:'
local function event_key(id) return P .. 'event:' .. id end
local function task_key(key) return P .. 'task:' .. key end

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- One call for many values, or few: Lua passes only so many at a time. An even number of them belongs together.
local function for_all(command, key, values, option)
  for first = 1, #values, 1000 do
    local some = { unpack(values, first, math.min(first + 999, #values)) }
    if option then table.insert(some, 1, option) end
    redis.call(command, key, unpack(some))
  end
end

-- Whether a set holds all of them.
local function holds(key, members)
  for first = 1, #members, 1000 do
    local answers = redis.call('SMISMEMBER', key, unpack(members, first, math.min(first + 999, #members)))
    for _, is_there in ipairs(answers) do
      if is_there == 0 then return false end
    end
  end
  return true
end

-- One wake-up at a time: true for the caller that has to enqueue the job. The flag lapses, because the
-- job may be lost.
local function wake(name)
  return redis.call('SET', P .. 'wake:' .. name, 1, 'NX', 'PX', 5000) and 1 or 0
end

-- Sets a text of a record; an empty one takes no memory.
local function describe(key, field, text)
  if text == '' then redis.call('HDEL', key, field) else redis.call('HSET', key, field, text) end
end

-- Moves an event to a status and keeps the books in the same step.
local function move(id, status, reason, held)
  local key = event_key(id)
  local fields = redis.call('HMGET', key, 's', 'i', 'z')
  local was, told = fields[1], fields[3] or ''
  -- Nearly every event stays "waiting" once, when it was planned.
  if was == status and told == reason and not held then return end
  if told ~= reason then describe(key, 'z', reason) end
  if was ~= status then
    if status == 'waiting' then
      redis.call('HSET', key, 's', status)
      redis.call('HDEL', key, 'e')
    else
      redis.call('HSET', key, 's', status, 'e', now())
    end
    redis.call('HINCRBY', P .. 'stats', was, -1)
    redis.call('HINCRBY', P .. 'stats', status, 1)
    if was == 'dead' then redis.call('ZREM', P .. 'dead', id) end
    if status == 'dead' then redis.call('ZADD', P .. 'dead', fields[2], id) end
  end
  if status == 'waiting' and held then
    redis.call('ZREM', P .. 'waiting', id)
    redis.call('ZADD', P .. 'held', 'NX', now() + 30 * 86400000, id)
  elseif status == 'waiting' then
    redis.call('ZADD', P .. 'waiting', 'NX', now(), id)
    redis.call('ZREM', P .. 'held', id)
  elseif was == 'waiting' and redis.call('ZREM', P .. 'waiting', id) == 0 then
    redis.call('ZREM', P .. 'held', id)
  end
end

-- The end of an event follows from the outcomes of its operations, one letter each:
-- p pending, a applied, s superseded, r refused, b absent (ignore), h absent (wait), f absent (fail),
-- x a rule that could not be carried out, - shadow. `outcomes` and `problem` save reading them again.
local function conclude(id, outcomes, problem)
  if not outcomes then outcomes, problem = unpack(redis.call('HMGET', event_key(id), 'o', 'x')) end
  local function any(letter) return string.find(outcomes, letter, 1, true) end
  if any('p') then
    move(id, 'waiting', '')
  elseif any('x') then
    move(id, 'dead', problem or '')
  elseif any('r') then
    move(id, 'dead', redis.call('HGET', event_key(id), 'a' .. (any('r') - 1)) or 'refused')
  elseif any('f') then
    move(id, 'dead', 'absent')
  elseif any('h') then
    move(id, 'waiting', 'held', true)
  elseif any('a') then
    move(id, 'applied', '')
  elseif any('b') then
    move(id, 'ignored', 'absent')
  elseif any('s') then
    move(id, 'ignored', 'superseded')
  else
    move(id, 'ignored', 'shadow')
  end
end

-- An event whose record somebody else overwrote in Redis ends dead and visible, instead of failing every script
-- that comes across it.
local function entomb(id)
  local key = event_key(id)
  local number = redis.call('ZSCORE', P .. 'events', id)
  if not number then
    redis.call('DEL', key)
    return
  end
  local body = '{"id":"' .. string.gsub(id, '[^%w_]', '') .. '","source":"unknown","type":"unknown","types":["unknown"],'
    .. '"occurred_at":"1970-01-01T00:00:00.000Z","received_at":"1970-01-01T00:00:00.000Z","order":[0,0]}'
  redis.call('DEL', key)
  redis.call('HSET', key, 's', 'waiting', 'i', number, 'n', 0, 't', now(), 'b', body, 'c', 'unknown', 'y', 'unknown',
    'q', '', 'o', 'x', 'x', 'its record in Redis was overwritten by something that is not planhook')
  conclude(id)
end

-- Fields of an event, nil when its record is spoilt; then it has ended.
local function fields_of(id, ...)
  local fields = redis.pcall('HMGET', event_key(id), ...)
  if fields.err or not fields[1] then
    entomb(id)
    return nil
  end
  return fields
end

-- Records the outcome of one operation of one attempt of an event. An end that says "absent" is left for
-- "applied" only.
local function settle(id, attempt, index, letter, answer)
  local key = event_key(id)
  local outcomes, current, problem = unpack(redis.call('HMGET', key, 'o', 'n', 'x'))
  if not outcomes or current ~= attempt then return end
  local at = index + 1
  local old = string.sub(outcomes, at, at)
  if old == letter or old == '' then return end
  if (old == 'b' or old == 'f') and letter ~= 'a' then return end
  outcomes = string.sub(outcomes, 1, at - 1) .. letter .. string.sub(outcomes, at + 1)
  redis.call('HSET', key, 'o', outcomes)
  describe(key, 'a' .. index, answer)
  conclude(id, outcomes, problem)
end

-- Arguments from position `at` on: a count, then so many times id, attempt, index, letter, answer.
local function settle_all(at)
  for i = at + 1, at + ARGV[at] * 5, 5 do
    settle(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4])
  end
end

-- Registers as arguments: from position `at` on a count, then so many times key, revision, record, due, source.
-- due: milliseconds from now, or '' when nothing is left to be sent. source: whose event brought it about, '' for
-- none. What follows them begins at `behind_registers`.
local REGISTER = 5
local function behind_registers(at) return at + 1 + ARGV[at] * REGISTER end

-- The keys whose register was changed by somebody else since it was read; nothing may be written then.
local function changed_registers(at)
  local changed = {}
  for i = at + 1, at + ARGV[at] * REGISTER, REGISTER do
    if (redis.call('HGET', task_key(ARGV[i]), 'r') or '0') ~= ARGV[i + 1] then changed[#changed + 1] = ARGV[i] end
  end
  return changed
end

-- What is due is in `due`, and in `due:<source>` for each source that has brought it about, so that none of these
-- keeps the others waiting. `dues` has those sources.
local function due_of(source) return P .. 'due:' .. source end

local function no_longer_due(keys)
  if #keys == 0 then return end
  for_all('ZREM', P .. 'due', keys)
  for _, source in ipairs(redis.call('SMEMBERS', P .. 'dues')) do
    for_all('ZREM', due_of(source), keys)
    if redis.call('EXISTS', due_of(source)) == 0 then redis.call('SREM', P .. 'dues', source) end
  end
end

local function write_records(at)
  for i = at + 1, at + ARGV[at] * REGISTER, REGISTER do
    local key = task_key(ARGV[i])
    redis.call('HSET', key, 'r', ARGV[i + 1] + 1, 'j', ARGV[i + 2])
    redis.call('PEXPIRE', key, 400 * 86400000)
  end
end

-- After planning. What has been due for longer keeps its place, or a busy task would be at the end of the line for
-- ever.
local function write_planned(at)
  local time, due, done, of_source = now(), {}, {}, {}
  write_records(at)
  for i = at + 1, at + ARGV[at] * REGISTER, REGISTER do
    local key, delay, source = ARGV[i], ARGV[i + 3], ARGV[i + 4]
    if delay == '' then
      done[#done + 1] = key
    else
      due[#due + 1], due[#due + 2] = time + delay, key
      if source ~= '' then
        local mine = of_source[source] or {}
        of_source[source] = mine
        mine[#mine + 1], mine[#mine + 2] = time + delay, key
      end
    end
  end
  no_longer_due(done)
  for_all('ZADD', P .. 'due', due, 'LT')
  for source, mine in pairs(of_source) do
    for_all('ZADD', due_of(source), mine, 'LT')
    redis.call('SADD', P .. 'dues', source)
  end
end

-- After delivering: what is left is due again at the given times.
local function write_delivered(at)
  local time, due, done = now(), {}, {}
  write_records(at)
  for i = at + 1, at + ARGV[at] * REGISTER, REGISTER do
    local key, delay = ARGV[i], ARGV[i + 3]
    if delay == '' then
      done[#done + 1] = key
    else
      due[#due + 1], due[#due + 2] = time + delay, key
    end
  end
  no_longer_due(done)
  for_all('ZADD', P .. 'due', due)
  for _, source in ipairs(redis.call('SMEMBERS', P .. 'dues')) do
    for_all('ZADD', due_of(source), due, 'XX')
  end
end

-- The keys that are due, the longest waiting first. More than `most` are taken from each source in turns.
local function next_due(most)
  local time = now()
  local oldest = redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', time, 'LIMIT', 0, most)
  local sources = redis.call('SMEMBERS', P .. 'dues')
  if #oldest < most or #sources < 2 then return oldest end
  local keys, is_taken = {}, {}
  local function take(more)
    for _, key in ipairs(more) do
      if #keys == most then return end
      if not is_taken[key] then keys[#keys + 1], is_taken[key] = key, true end
    end
  end
  local share = math.ceil(most / #sources)
  for _, source in ipairs(sources) do
    take(redis.call('ZRANGEBYSCORE', due_of(source), '-inf', time, 'LIMIT', 0, share))
  end
  take(oldest)
  return keys
end

-- Takes back what a planner had claimed and was not heard of again. An event that was there three times is
-- poison; until then it is planned alone, so that it cannot take others with it.
local function reclaim(planner)
  local claims = P .. 'claims:' .. planner
  for _, id in ipairs(redis.call('SMEMBERS', claims)) do
    if fields_of(id, 's') then
      local crashes = redis.call('HINCRBY', event_key(id), 'k', 1)
      if crashes >= 3 then
        redis.call('HSET', event_key(id), 'o', 'x', 'x', 'poison: it ended its worker ' .. crashes .. ' times')
        conclude(id)
      else
        redis.call('RPUSH', P .. 'suspects', id)
      end
    end
  end
  redis.call('DEL', claims)
  redis.call('ZREM', P .. 'planners', planner)
end

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

-- Events that wait to be planned are in a list for each source, so that none of these keeps the others waiting.
-- `inboxes` has the sources whose list is not empty.
local function inbox_of(source) return P .. 'inbox:' .. source end

local function put_into_inbox(source, ids)
  for_all('RPUSH', inbox_of(source), ids)
  redis.call('SADD', P .. 'inboxes', source)
end

-- Takes out up to `most`, of each source an equal share, and more where others have less.
local function take_from_inboxes(most)
  local ids, sources = {}, redis.call('SMEMBERS', P .. 'inboxes')
  while #ids < most and #sources > 0 do
    local share, with_more = math.ceil((most - #ids) / #sources), {}
    for _, source in ipairs(sources) do
      if #ids == most then return ids end
      local taken = redis.call('LPOP', inbox_of(source), math.min(share, most - #ids)) or {}
      for _, id in ipairs(taken) do ids[#ids + 1] = id end
      if #taken == share then
        with_more[#with_more + 1] = source
      elseif redis.call('EXISTS', inbox_of(source)) == 0 then
        redis.call('SREM', P .. 'inboxes', source)
      end
    end
    sources = with_more
  end
  return ids
end

local function unplanned()
  local count = redis.call('LLEN', P .. 'suspects')
  for _, source in ipairs(redis.call('SMEMBERS', P .. 'inboxes')) do
    count = count + redis.call('LLEN', inbox_of(source))
  end
  return count
end

-- Sends a waiting event on: one that is thin, as it says what to fetch, to the fetcher, any other to the planner.
-- Returns which of them.
local function send_on(id, number, source, fetch)
  if fetch == '' then
    put_into_inbox(source, { id })
    return 'plan'
  end
  redis.call('HSET', event_key(id), 'f', fetch, 'z', 'fetch')
  redis.call('ZADD', events_of(source .. ':' .. fetch), number, id)
  look_up(source, fetch)
  return 'fetch'
end

-- The ids of requests that were accepted before. A request is { time of receipt (ms), position of its first argument,
-- number of events }; arguments as those of take_in. A script that fails does not undo what it wrote: keys of a wrong
-- type must fail here, before the first write.
local function known_among(requests)
  redis.call('SCARD', P .. 'inboxes')
  redis.call('ZCARD', P .. 'events')
  redis.call('ZCARD', P .. 'waiting')
  redis.call('HLEN', P .. 'stats')
  local known, source = {}, nil
  for _, request in ipairs(requests) do
    for i = request[2], request[2] + request[3] * 6 - 1, 6 do
      if ARGV[i + 2] ~= source then
        source = ARGV[i + 2]
        redis.call('LLEN', inbox_of(source))
      end
      known[ARGV[i]] = redis.call('HEXISTS', event_key(ARGV[i]), 's') == 1
    end
  end
  return known
end

-- Makes the record of a new event. Arguments from position i on: see take_in.
local function make_record(i, number, received)
  local record = { 's', 'waiting', 'i', number, 'n', 0, 't', received, 'b', ARGV[i + 1], 'c', ARGV[i + 2],
    'y', ARGV[i + 3] }
  if ARGV[i + 4] ~= '' then record[#record + 1], record[#record + 2] = 'q', ARGV[i + 4] end
  redis.call('HSET', event_key(ARGV[i]), unpack(record))
end

-- Counts the duplicates of requests, and gives the others: their arguments' positions with the times of receipt, and
-- for each request how many are new and how many were known.
local function sift(requests, known)
  local new, counts, duplicates = {}, {}, 0
  for _, request in ipairs(requests) do
    local before = #new
    for i = request[2], request[2] + request[3] * 6 - 1, 6 do
      if known[ARGV[i]] then
        redis.call('HINCRBY', event_key(ARGV[i]), 'd', 1)
      else
        known[ARGV[i]] = true
        new[#new + 1] = { i, request[1] }
      end
    end
    local accepted = #new - before
    duplicates = duplicates + request[3] - accepted
    counts[#counts + 1] = accepted
    counts[#counts + 1] = request[3] - accepted
  end
  if duplicates > 0 then redis.call('HINCRBY', P .. 'stats', 'duplicates', duplicates) end
  return new, counts
end

-- Stores the events of requests (see known_among, whose answer it takes). Arguments of an event: id, body, source,
-- type, sender's id, what to fetch ('' if it is not thin). Returns for each request how many are new and how many
-- were known, at the end whether to wake the planner and the fetcher.
local function take_in(requests, known)
  local new, answer = sift(requests, known)
  local accepted, all, waiting, inboxes, plan, thin = #new, {}, {}, {}, false, false
  if accepted > 0 then
    local number = redis.call('INCRBY', P .. 'sequence', accepted) - accepted
    for _, event in ipairs(new) do
      local i, received, id = event[1], event[2], ARGV[event[1]]
      number = number + 1
      make_record(i, number, received)
      all[#all + 1], all[#all + 2] = number, id
      waiting[#waiting + 1], waiting[#waiting + 2] = received, id
      if ARGV[i + 5] == '' then
        plan = true
        local inbox = inboxes[ARGV[i + 2]] or {}
        inboxes[ARGV[i + 2]] = inbox
        inbox[#inbox + 1] = id
      else
        thin = true
        send_on(id, number, ARGV[i + 2], ARGV[i + 5])
      end
    end
    for_all('ZADD', P .. 'events', all)
    for_all('ZADD', P .. 'waiting', waiting)
    for source, ids in pairs(inboxes) do put_into_inbox(source, ids) end
    redis.call('HINCRBY', P .. 'stats', 'accepted', accepted)
    redis.call('HINCRBY', P .. 'stats', 'waiting', accepted)
  end
  answer[#answer + 1] = plan and wake('plan') or 0
  answer[#answer + 1] = thin and wake('fetch') or 0
  return answer
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
