-- Makes the events of many requests durable, those of all of them or none.
-- ARGV: number of requests, then per request: time of receipt (ms), number of events, its events (see take_in).
-- Returns per request: how many are new, how many were known; at the end whether to wake the planner and the fetcher.
local requests = {}
local at = 2
for i = 1, tonumber(ARGV[1]) do
  requests[i] = { ARGV[at], at + 2, tonumber(ARGV[at + 1]) }
  at = at + 2 + ARGV[at + 1] * 6
end
return take_in(requests, known_among(requests))
