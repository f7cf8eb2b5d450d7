-- Queues a receipt, counts it, and moves its reader on. KEYS: the queue, the conversation's positions, how often something was
-- stored, then the counts of the messages that the receipt covers. ARGV: how often that was when the receipt was worked out,
-- the reader, the receipt, its number, whether it may be seen, when it was read, how long a count lives, how many may wait,
-- then for each message how many rows the database has, or nothing.
-- A count is a hash: `rows`, and a field for each reader who waits. Answers what became of it, and of each message how many
-- have read it and how many of them the database has.
if (redis.call('get', KEYS[3]) or '0') ~= ARGV[1] then
    return {'stale'}
end
local user, seq, shown, read_at = ARGV[2], tonumber(ARGV[4]), ARGV[5] == '1', ARGV[6]
local read, seen, seen_at = 0, 0, '0'
local known = redis.call('hget', KEYS[2], user)
if known then
    read, seen, seen_at = string.match(known, '(%d+) (%d+) (%d+)')
    read, seen = tonumber(read), tonumber(seen)
end
if seq <= read and (not shown or seq <= seen) then
    return {'waiting'}
end
if redis.call('llen', KEYS[1]) >= tonumber(ARGV[8]) then
    return {'full'}
end

local unknown = {'unknown'}
for i = 4, #KEYS do
    if ARGV[i + 5] == '' and redis.call('exists', KEYS[i]) == 0 then
        table.insert(unknown, i - 4)
    end
end
if #unknown > 1 then
    return unknown
end

local waiting = {'waiting'}
for i = 4, #KEYS do
    if ARGV[i + 5] ~= '' then
        redis.call('hsetnx', KEYS[i], 'rows', ARGV[i + 5])
    end
    redis.call('hsetnx', KEYS[i], user, read_at)
    redis.call('expire', KEYS[i], ARGV[7])
    local rows = tonumber(redis.call('hget', KEYS[i], 'rows') or 0)
    table.insert(waiting, rows + redis.call('hlen', KEYS[i]) - 1)
    table.insert(waiting, rows)
end
if shown and seq > seen then
    seen, seen_at = seq, read_at
end
-- As texts: a number that Lua writes down may be rounded.
redis.call('hset', KEYS[2], user, string.format('%.0f %.0f %s', math.max(read, seq), seen, seen_at))
redis.call('rpush', KEYS[1], ARGV[3])
return waiting
