-- Requests of one kind, prepared before the clock starts. Arguments: KIND, then the file of what to ask,
-- which has a line for each request: a path, and a token or "-".
local requests, next_one = {}, 0

local function headers(token)
  if token == "-" then return {} end
  return { ["Authorization"] = "Bearer " .. token }
end

local categories = { "pothole", "street_light", "graffiti", "missed_collection", "noise" }

local function report(path, token, number)
  local with = headers(token)
  with["Content-Type"] = "application/json"
  local body = string.format(
    '{"category":"%s","description":"Broken item number %d on the corner. %s","place":{"lat":52.%03d,"long":13.%03d}}',
    categories[number % #categories + 1], number,
    string.rep("Reported by a resident near the school. ", 5), number % 777, number % 1000)
  return wrk.format("POST", path, with, body)
end

function init(arguments)
  local kind, number = arguments[1], 0
  for line in io.lines(arguments[2]) do
    local path, token = line:match("^(%S+) (%S+)$")
    number = number + 1
    if kind == "report" then
      requests[number] = report(path, token, number)
    else
      requests[number] = wrk.format("GET", path, headers(token))
    end
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("RESULT %.0f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
