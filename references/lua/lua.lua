-- SPDX-License-Identifier: GPL-3.0-or-later

-- Coroutines: each runs until it yields.  For the network they yield their
-- socket, and a dispatcher resumes those whose sockets are ready.
local http = require 'socket.http'
local socket = require 'socket'
local url = require 'socket.url'
local has_parser, expat = pcall(require, 'lxp')

-- Runs n coroutines, one after the other, until none is left.
local function in_turns(n, task)
  local running = {}
  for i = 1, n do
    running[i] = coroutine.wrap(function() task(i) return true end)
  end
  while #running > 0 do
    local left = {}
    for _, resume in ipairs(running) do
      if not resume() then left[#left + 1] = resume end
    end
    running = left
  end
end

local function unguarded(n, increments)
  local count = 0
  in_turns(n, function()
    for _ = 1, increments do count = count + 1 end
  end)
  return count
end

local function yielding(n, increments)
  local count = 0
  in_turns(n, function()
    for _ = 1, increments do
      local old = count
      coroutine.yield()
      count = old + 1
    end
  end)
  return count
end

-- A socket for socket.http that yields where it would wait.
local function yielding_socket()
  local tcp = assert(socket.tcp())
  tcp:settimeout(0)
  local self = { settimeout = function() return 1 end }

  function self:connect(...)
    local ok, why = tcp:connect(...)
    while why == 'timeout' or why == 'Operation already in progress' do
      coroutine.yield('write', tcp)
      ok, why = tcp:connect(...)
    end
    return ok or why == 'already connected', why
  end

  function self:send(data, first, last)
    local sent, why, part = tcp:send(data, first, last)
    while why == 'timeout' do
      coroutine.yield('write', tcp)
      sent, why, part = tcp:send(data, part + 1, last)
    end
    return sent, why, part
  end

  function self:receive(pattern, part)
    local data, why
    data, why, part = tcp:receive(pattern, part)
    while why == 'timeout' do
      coroutine.yield('read', tcp)
      data, why, part = tcp:receive(pattern, part)
    end
    return data, why, part
  end

  function self:close() return tcp:close() end
  return self
end

local function get(address, sink)
  local ok, status = http.request {
    url = address, sink = sink, create = yielding_socket }
  if not ok or status ~= 200 then error(address .. ': ' .. status, 0) end
end

-- socket.select takes descriptors below 1024.
local MOST <const> = 1000

-- The results of f for n things, a coroutine for each.
local function gather(first, n, f)
  local results, resume = {}, {}
  local waiting = { read = {}, write = {} }
  local started, ended = 0, 0

  local function run(step)
    local what, tcp = step()
    if not what then ended = ended + 1 return end
    resume[tcp] = step
    table.insert(waiting[what], tcp)
  end

  while ended < n do
    while started < n and started - ended < MOST do
      started = started + 1
      local i = started
      run(coroutine.wrap(function() results[i] = f(first + i - 1) end))
    end
    if ended == n then break end
    local before = waiting
    local readable, writable = socket.select(before.read, before.write)
    waiting = { read = {}, write = {} }
    for what, ready in pairs { read = readable, write = writable } do
      for _, tcp in ipairs(before[what]) do
        if ready[tcp] then
          run(resume[tcp])
        else
          table.insert(waiting[what], tcp)
        end
      end
    end
  end
  return results
end


-- The number at the end of a page, and how long it is; it is not kept.
local function read(address)
  local bytes, tail = 0, ''
  get(address, function(chunk)
    if chunk then
      bytes, tail = bytes + #chunk, (tail .. chunk:sub(-20)):sub(-20)
    end
    return 1
  end)
  return { bytes = bytes, number = math.tointeger(tail:match '(%d+)%s*$') }
end

local function pages(n, repetitions, address)
  local bytes, sum = 0, 0
  for first = 0, n * repetitions - 1, n do
    local all = gather(first, n, function(i) return read(address .. i) end)
    for _, page in ipairs(all) do
      bytes, sum = bytes + page.bytes, sum + page.number
    end
  end
  return bytes, sum
end

local function download(n, _, repetitions, address)
  local _, sum = pages(n, repetitions, address)
  return { sum }
end

local function bulk(n, _, repetitions, address)
  local bytes, sum = pages(n, repetitions, address)
  return { sum, bytes }
end

-- Of a page that is well-formed XML: its title, and the first link in an h3.
local function parse(address)
  local inside, title, link = {}, ''
  local parser = expat.new {
    StartElement = function(_, name, attributes)
      inside[name] = (inside[name] or 0) + 1
      if name == 'a' and (inside.h3 or 0) > 0 then
        link = link or attributes.href
      end
    end,
    EndElement = function(_, name) inside[name] = inside[name] - 1 end,
    CharacterData = function(_, text)
      if (inside.title or 0) > 0 then title = title .. text end
    end,
  }
  get(address, function(chunk) return assert(parser:parse(chunk)) and 1 end)
  return title:match '^%s*(.-)%s*$', link
end

local function title_of(blog)
  local _, link = parse(blog)
  local title = parse(url.absolute(blog, link))
  return title
end

local function titles(n, _, repetitions, address)
  local results = {}
  for first = 0, n * repetitions - 1, n do
    local all = gather(first, n, function(i) return title_of(address .. i) end)
    table.move(all, 1, n, #results + 1, results)
  end
  return results
end

local function counter(count)
  return function(n, increments, repetitions)
    local values = {}
    for i = 1, repetitions do values[i] = count(n, increments) end
    return values
  end
end

local models = {
  ['counter/coroutines:exact'] = counter(unguarded),
  ['counter/coroutines-yield:may-lose'] = counter(yielding),
  ['download/coroutines:exact'] = download,
  ['bulk/coroutines:exact'] = bulk,
  ['titles/coroutines:exact'] = has_parser and titles or nil,
}

local function answer(id, workload, model, n, increments, repetitions, address)
  local name = ('%s/%s:'):format(workload, model)
  local work = models[name .. 'exact'] or models[name .. 'may-lose']
  if not work then error('no model ' .. name, 0) end
  local begin = socket.gettime() -- there is no monotonic clock
  local results = work(math.tointeger(n), math.tointeger(increments),
    math.tointeger(repetitions), address)
  local ns = math.floor((socket.gettime() - begin) * 1e9)
  return table.concat({ id, 'OK', ns, table.unpack(results) }, '\t')
end

io.stdout:setvbuf 'line'
local names = {}
for name in pairs(models) do names[#names + 1] = name end
table.sort(names)
print('READY', 1, _VERSION, table.concat(names, ','))
for line in io.lines() do
  local fields = {}
  for field in (line .. '\t'):gmatch '([^\t]*)\t' do
    fields[#fields + 1] = field
  end
  local ok, text = pcall(answer, table.unpack(fields))
  if not ok then
    text = fields[1] .. '\tERR\t' .. tostring(text):gsub('%s', ' ')
  end
  print(text)
end
