-- Who is here. Does what engine/presence/state.rs does, by the clock of Redis. KEYS: the hash of what was found last, by
-- user: "status timestamp last-activity"; and the sorted set of when to look at whom again. A person's devices stand in a
-- key of their own, which ends with the last of them. ARGV: what to do, and with what:
--   note {user, device, online | away | connects | gone, how long ago, how long it lasts} ...
--   sweep, how many at most
--   restate, user
-- Times are milliseconds. Answers {user, status, timestamp, last activity} of each whose status is another one from now
-- on; of sweep, behind how many were looked at.
local found, due = KEYS[1], KEYS[2]
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local remembered = 60000
local changes = {}

local function key(user)
    return 'presence:' .. user
end

local function load(user)
    local devices = redis.call('get', key(user))
    local person = {user = user, status = 'offline', timestamp = 0, active = 0, devices = {}}
    person.devices = devices and cjson.decode(devices).devices or {}
    local last = redis.call('hget', found, user)
    if last then
        local status, timestamp, active = string.match(last, '^(%a+) (%d+) (%d+)$')
        person.status, person.timestamp, person.active = status, tonumber(timestamp), tonumber(active)
    end
    for id, device in pairs(person.devices) do
        if device['until'] <= now then
            person.devices[id] = nil
        end
    end
    return person
end

-- The status that devices make, of those alone that are leaving if asked so; nil without any.
local function status(person, leaving)
    local best
    for _, device in pairs(person.devices) do
        if device.leaving or not leaving then
            if device.status == 'online' then
                return 'online'
            end
            best = 'away'
        end
    end
    return best
end

local function hear(person, id, says, ago, lasts)
    local device = person.devices[id]
    if says == 'gone' then
        if device then
            device['until'], device.leaving = math.min(device['until'], now + lasts), true
        end
        return
    end
    if device and device.leaving then
        return
    end
    if says == 'connects' then
        says = status(person, true) or 'online'
    end
    local at = now - ago
    if says == 'online' then
        person.active = math.max(person.active, at)
    end
    person.devices[id] = {status = says, ['until'] = math.max(at + lasts, device and device['until'] or 0)}
end

local function restate(person)
    person.timestamp = math.max(now, person.timestamp + 1)
end

local function settle(person)
    local is = status(person) or 'offline'
    local changed = is ~= person.status
    if changed then
        person.status = is
        restate(person)
    end
    return changed
end

local function answer(person)
    changes[#changes + 1] = {person.user, person.status, person.timestamp, person.active}
end

-- Whoever is at no device is remembered a while, so that nobody misses what they were.
local function store(person)
    local first, last
    for id, device in pairs(person.devices) do
        if device['until'] <= now then
            person.devices[id] = nil
        else
            first = math.min(first or device['until'], device['until'])
            last = math.max(last or 0, device['until'])
        end
    end
    if first then
        local json = cjson.encode({status = person.status, lastActivity = person.active, devices = person.devices})
        redis.call('set', key(person.user), json, 'px', last - now)
    else
        redis.call('del', key(person.user))
        if person.timestamp + remembered > now and person.timestamp > 0 then
            first = person.timestamp + remembered
        end
    end
    if first then
        redis.call('hset', found, person.user, string.format('%s %d %d', person.status, person.timestamp, person.active))
        redis.call('zadd', due, first, person.user)
    else
        redis.call('hdel', found, person.user)
        redis.call('zrem', due, person.user)
    end
end

if ARGV[1] == 'note' then
    for i = 2, #ARGV, 5 do
        local person = load(ARGV[i])
        hear(person, ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]))
        -- What lasts no longer counts no more.
        for id, device in pairs(person.devices) do
            if device['until'] <= now then
                person.devices[id] = nil
            end
        end
        if settle(person) then
            answer(person)
        end
        store(person)
    end
    return changes
end

if ARGV[1] == 'sweep' then
    local users = redis.call('zrangebyscore', due, '-inf', now, 'limit', 0, ARGV[2])
    for _, user in ipairs(users) do
        local person = load(user)
        if settle(person) then
            answer(person)
        end
        store(person)
    end
    return {#users, changes}
end

local person = load(ARGV[2])
settle(person)
restate(person)
answer(person)
store(person)
return changes
