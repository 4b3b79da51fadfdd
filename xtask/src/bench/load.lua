-- Requests of one kind, prepared before the clock starts. Arguments: KIND, the file of what to ask, which
-- has a line for each request (a path, and a token or "-"), and a number that differs in every run.
--
-- Three tildes in a request become another word each time the file begins anew, so that no two requests of
-- a run are the same where they must not be.
local requests, next_one, lap, word = {}, 0, 0, ""
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local categories = { "pothole", "street_light", "graffiti", "missed_collection", "noise" }

-- Sixteen bits as the text of a cursor has them: six, six, and four with two zeros.
local function spelled(number)
  local function letter(bits)
    return alphabet:sub(bits + 1, bits + 1)
  end
  number = number % 65536
  return letter(math.floor(number / 1024)) .. letter(math.floor(number / 16) % 64) .. letter(number % 16 * 4)
end

local function headers(token)
  if token == "-" then return {} end
  return { ["Authorization"] = "Bearer " .. token }
end

local function report(path, token, number, key)
  local with = headers(token)
  with["Content-Type"] = "application/json"
  with["Idempotency-Key"] = key
  local body = string.format(
    '{"category":"%s","description":"Broken item number %d on the corner. %s","place":{"lat":52.%03d,"long":13.%03d}}',
    categories[number % #categories + 1], number,
    string.rep("Reported by a resident near the school. ", 5), number % 777, number % 1000)
  return wrk.format("POST", path, with, body)
end

local function prepared(kind, path, token, number, run)
  if kind == "report" then return report(path, token, number) end
  if kind == "report-keyed" then
    return report(path, token, number, string.format("bench-%s-%d-~~~", run, number))
  end
  return wrk.format("GET", path, headers(token))
end

function init(arguments)
  local kind, file, run = arguments[1], arguments[2], arguments[3]
  local number = 0
  for line in io.lines(file) do
    local path, token = line:match("^(%S+) (%S+)$")
    number = number + 1
    local text = prepared(kind, path, token, number, run)
    local from, to = text:find("~~~", 1, true)
    if from then
      requests[number] = { text:sub(1, from - 1), text:sub(to + 1) }
    else
      requests[number] = text
    end
  end
  lap = tonumber(run)
  word = spelled(lap)
end

function request()
  next_one = next_one + 1
  if next_one > #requests then
    next_one, lap = 1, lap + 1
    word = spelled(lap)
  end
  local it = requests[next_one]
  if type(it) == "string" then return it end
  return it[1] .. word .. it[2]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format("RESULT %.0f %.3f %.3f %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
