-- Commits planned events and the registers they were folded into, all or none.
-- ARGV: planner; registers (see changed_registers); number of events, then per event: id, attempt, plan,
-- outcomes, problem, reason when it has no operations, body and type ('' to keep those it has); settled operations (see settle_all); number of
-- history entries, then per entry: task key, entry.
-- Returns 'lost' when the events are no longer this planner's, the changed keys, or whether to wake the deliverer.
local registers = 2
local events = behind_registers(registers)
local EVENT = 8
local settled = events + 1 + ARGV[events] * EVENT
local history = settled + 1 + ARGV[settled] * 5
local claims = P .. 'claims:' .. ARGV[1]
local ids = {}
for i = events + 1, events + ARGV[events] * EVENT, EVENT do ids[#ids + 1] = ARGV[i] end
if not holds(claims, ids) then return 'lost' end
local changed = changed_registers(registers)
if #changed > 0 then return changed end
write_planned(registers)
for_all('SREM', claims, ids)
for i = events + 1, events + ARGV[events] * EVENT, EVENT do
  local id = ARGV[i]
  redis.call('HSET', event_key(id), 'p', ARGV[i + 2], 'o', ARGV[i + 3])
  -- Only an earlier attempt can have left another problem there.
  if ARGV[i + 4] ~= '' or ARGV[i + 1] ~= '0' then describe(event_key(id), 'x', ARGV[i + 4]) end
  if ARGV[i + 6] ~= '' then redis.call('HSET', event_key(id), 'b', ARGV[i + 6], 'y', ARGV[i + 7]) end
  if ARGV[i + 3] == '' then
    move(id, 'ignored', ARGV[i + 5])
  else
    conclude(id, ARGV[i + 3], ARGV[i + 4])
  end
end
settle_all(settled)
for i = history + 1, history + ARGV[history] * 2, 2 do
  local key = P .. 'history:' .. ARGV[i]
  if redis.call('LPUSH', key, ARGV[i + 1]) > 50 then redis.call('LTRIM', key, 0, 49) end
  redis.call('PEXPIRE', key, 400 * 86400000)
end
if redis.call('SCARD', claims) == 0 then redis.call('ZREM', P .. 'planners', ARGV[1]) end
for i = registers + 1, registers + ARGV[registers] * REGISTER, REGISTER do
  if ARGV[i + 3] ~= '' then return wake('deliver') end
end
return 0
