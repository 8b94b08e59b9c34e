-- Keys of the tasks that differ from Planhat and whose time has come. ARGV: how many at most.
return next_due(tonumber(ARGV[1]))
