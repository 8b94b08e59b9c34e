-- ARGV: keys whose watched writes were looked at. What came since is due later, and stays with all others of its task.
for _, key in ipairs(ARGV) do
  local due = redis.call('ZSCORE', P .. 'watch', key)
  if due and tonumber(due) <= now() then
    redis.call('ZREM', P .. 'watch', key)
    redis.call('HDEL', P .. 'watch:values', key)
  end
end
return 1
