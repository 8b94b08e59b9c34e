-- Makes sure that lookups exist that nothing but the time asks for. ARGV: source, keys.
for i = 2, #ARGV do
  if not redis.call('ZSCORE', lookups_of(ARGV[1]), ARGV[i]) then look_up(ARGV[1], ARGV[i]) end
end
return 1
