-- Commits what a delivery brought. ARGV: lease; registers; settled operations.
-- Returns 'fenced' when the lease has passed on, or the changed keys (nothing is written then).
if redis.call('GET', P .. 'lease') ~= ARGV[1] then return 'fenced' end
local registers = 2
local changed = changed_registers(registers)
if #changed > 0 then return changed end
write_delivered(registers)
settle_all(behind_registers(registers))
redis.call('DEL', P .. 'inflight', P .. 'inflight:since')
return {}
