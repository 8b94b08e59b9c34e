-- Records of events, their ends and the books.

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
