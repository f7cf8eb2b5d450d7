-- Takes receipts to be stored, if it is this node's turn or nobody's. KEYS: the queue, what is being stored, whose turn it is,
-- what cannot be read. ARGV: the node, how long its turn lasts, in milliseconds, how many bytes to take. What was taken
-- before and not settled comes first: whoever took it is gone. Answers names and receipts in turn, or nothing.
local turn = redis.call('get', KEYS[3])
if turn and turn ~= ARGV[1] then
    return false
end
redis.call('set', KEYS[3], ARGV[1], 'px', ARGV[2])
local taken, bytes = redis.call('hgetall', KEYS[2]), 0
for i = 2, #taken, 2 do
    bytes = bytes + #taken[i]
end
while bytes < tonumber(ARGV[3]) do
    local receipt = redis.call('lpop', KEYS[1])
    if not receipt then
        break
    end
    local is_json, read = pcall(cjson.decode, receipt)
    if is_json and type(read) == 'table' and type(read.id) == 'string' then
        redis.call('hset', KEYS[2], read.id, receipt)
        table.insert(taken, read.id)
        table.insert(taken, receipt)
        bytes = bytes + #receipt
    else
        redis.call('rpush', KEYS[4], receipt)
    end
end
return taken
