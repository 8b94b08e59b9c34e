-- Makes the events of one request durable, all or none.
-- ARGV: time of receipt (ms), then the events (see take_in).
-- Returns: how many are new, how many were known, whether to wake the planner, whether to wake the fetcher.
return take_in(ARGV[1], 2, (#ARGV - 1) / 6)
