-- Hands each request its own token. `wrk ... -s wrk.lua URL -- CALL TOKENS`: CALL is a Lua table written by load.py,
-- TOKENS has a line "access refresh" for each session. Run with one thread (-t1): there is one queue of tokens.
--   repeat: the same requests in turn, formatted once
--   spend:  each token once
--   chain:  each answer brings the tokens of a later request; a token in flight is not in the queue

local call, queue, first, last, formatted = nil, {}, 1, 0, {}

local function format(tokens)
  local fill = function(text) return (text:gsub("%$(%w+)", tokens)) end
  local headers = {}
  for name, value in pairs(call.headers) do headers[name] = fill(value) end
  return wrk.format(call.method, call.path, headers, call.body and fill(call.body))
end

local function push(access, refresh)
  last = last + 1
  queue[last] = { access = access, refresh = refresh }
end

local function pop()
  local tokens = queue[first]
  if first < last then -- the last one stays: sent twice it is refused, and the row is void
    queue[first] = nil
    first = first + 1
  end
  return tokens
end

local function next_tokens(status, headers, body)
  local access = body:match('"' .. call.access .. '" *: *"([^"]+)"')
  local refresh = body:match('"' .. call.refresh .. '" *: *"([^"]+)"')
  if access and refresh then push(access, refresh) end
end

function init(arguments)
  call = dofile(arguments[1])
  for line in io.lines(arguments[2]) do push(line:match("(%S+) (%S+)")) end
  if call.mode == "chain" then response = next_tokens end -- only then: reading answers costs wrk time
  if call.mode == "repeat" then
    for n = 1, last do formatted[n] = format(queue[n]) end
  end
end

local turn = 0
function request()
  if call.mode ~= "repeat" then return format(pop()) end
  turn = turn % last + 1
  return formatted[turn]
end

function done(summary, latency)
  local e = summary.errors
  local figures = '{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n'
  local p50, p99 = latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  local broken = e.connect + e.read + e.write + e.timeout
  io.write(figures:format(summary.requests, summary.duration / 1e6, e.status, broken, p50, p99))
end
