-- Makes the events of many requests durable, those of all of them or none.
-- ARGV: number of requests, then per request: time of receipt (ms), number of events, its events (see take_in).
-- Returns per request: how many are new, how many were known; at the end whether to wake the planner and the fetcher.
local requests = {}
local at = 2
for i = 1, tonumber(ARGV[1]) do
  requests[i] = { ARGV[at], at + 2, tonumber(ARGV[at + 1]) }
  at = at + 2 + ARGV[at + 1] * 6
end
for _, request in ipairs(requests) do check_records(request[2], request[3]) end
local answer, plan, fetch = {}, 0, 0
for _, request in ipairs(requests) do
  local taken = take_in(unpack(request))
  answer[#answer + 1] = taken[1]
  answer[#answer + 1] = taken[2]
  plan, fetch = math.max(plan, taken[3]), math.max(fetch, taken[4])
end
answer[#answer + 1] = plan
answer[#answer + 1] = fetch
return answer
