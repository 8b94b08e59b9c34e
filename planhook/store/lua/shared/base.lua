-- These files are put before every script. Keys are built here, so the scripts need a single Redis, not a cluster.
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
