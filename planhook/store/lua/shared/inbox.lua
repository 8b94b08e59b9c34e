-- Events that wait to be planned, and those that planners hold.

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

-- Events that wait to be planned are in a list for each source, so that none of these keeps the others waiting.
-- `inboxes` has every source whose list is not empty.
local function inbox_of(source) return P .. 'inbox:' .. source end

local function put_into_inbox(source, ids)
  for_all('RPUSH', inbox_of(source), ids)
  redis.call('SADD', P .. 'inboxes', source)
end

-- 0 also for a key that somebody else overwrote: the other sources go on, and its own deliveries are refused.
local function inbox_length(source)
  local length = redis.pcall('LLEN', inbox_of(source))
  return type(length) == 'number' and length or 0
end

-- Takes out up to `most`, of each source an equal share, and more where others have less.
local function take_from_inboxes(most)
  local ids, sources = {}, {}
  for _, source in ipairs(redis.call('SMEMBERS', P .. 'inboxes')) do
    if inbox_length(source) > 0 then sources[#sources + 1] = source end
  end
  while #ids < most and #sources > 0 do
    local share, with_more = math.ceil((most - #ids) / #sources), {}
    for _, source in ipairs(sources) do
      if #ids == most then return ids end
      local taken = redis.call('LPOP', inbox_of(source), math.min(share, most - #ids)) or {}
      for _, id in ipairs(taken) do ids[#ids + 1] = id end
      if #taken == share then
        with_more[#with_more + 1] = source
      elseif inbox_length(source) == 0 then
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
    count = count + inbox_length(source)
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
