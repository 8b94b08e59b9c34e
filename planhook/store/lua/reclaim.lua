-- ARGV: a planner that is known to be dead.
reclaim(ARGV[1])
return 1
