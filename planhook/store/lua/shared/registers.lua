-- Task registers, and which of them differ from Planhat.

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

-- The keys that are due, the longest waiting first. Of more than `most` an equal share is taken of all together and of
-- each source: what no source has brought about, such as a repair, is only among all.
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
  local share = math.ceil(most / (#sources + 1))
  take({ unpack(oldest, 1, share) })
  for _, source in ipairs(sources) do
    take(redis.call('ZRANGEBYSCORE', due_of(source), '-inf', time, 'LIMIT', 0, share))
  end
  take(oldest)
  return keys
end
