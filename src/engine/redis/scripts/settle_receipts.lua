-- Takes receipts that are stored off everything, and sets the counts to what the database says and who still waits. KEYS: what is
-- being stored, whose turn it is, how often something was stored. ARGV: the node, how long its turn lasts, and as JSON
-- `rows`, a list of [count's key, rows], and `receipts`, a list of [name, positions' key, reader, number, places in `rows`].
-- Nothing is done in another node's turn: that one has taken them over.
local turn = redis.call('get', KEYS[2])
if turn and turn ~= ARGV[1] then
    return 0
end
redis.call('set', KEYS[2], ARGV[1], 'px', ARGV[2])
redis.call('incr', KEYS[3])
local stored = cjson.decode(ARGV[3])
for _, receipt in ipairs(stored.receipts) do
    local name, positions, user, seq, places = unpack(receipt)
    redis.call('hdel', KEYS[1], name)
    for _, place in ipairs(places) do
        redis.call('hdel', stored.rows[place][1], user)
    end
    local known = redis.call('hget', positions, user)
    if known and tonumber(string.match(known, '%d+')) <= seq then
        redis.call('hdel', positions, user)
    end
end
for _, row in ipairs(stored.rows) do
    if row[2] >= 0 and redis.call('exists', row[1]) == 1 then
        redis.call('hset', row[1], 'rows', string.format('%.0f', row[2]))
    end
end
return 1
