-- 30,001 people, 25,000 conversations, 8 of them with 2,000 people, and one with a million messages. The reader, who is
-- there already, takes part in the first 5,000. No triggers: what refers to what is right by construction.
set session_replication_role = replica;
-- Reading positions move all the time, so the pages of participants are never all visible. The reader
-- has read some of everything.
alter table conversation_participants set (autovacuum_enabled = off);
alter table messages set (autovacuum_enabled = off);
create temp table person as
    select n, gen_random_uuid() as id from generate_series(0, 29999) n;
insert into users (id, email, email_key, username, username_key, password_hash, display_name)
    select id, name || '@example.org', name || '@example.org', name, name, '', 'Person ' || n
    from (select *, 'person' || n as name from person) named;
create temp table room as
    select
        n, gen_random_uuid() as id, n <= 8 or n % 4 = 0 or n = 5000 as is_group,
        case when n <= 8 then 1999 when n % 4 = 0 then 2 + n % 11 when n > 5000 then 2 else 1 end as people,
        case when n = 5000 then 1000000 else 4 end as messages,
        timestamptz '2026-01-01' - n * interval '1 minute' as begun
    from generate_series(1, 25000) n;
insert into conversations (id, type, title, created_by, last_seq, direct_key, created_at, updated_at)
    select
        r.id, case when r.is_group then 'group' else 'direct' end, case when r.is_group then 'Room ' || r.n end, p.id,
        r.messages, case when not r.is_group then r.n::text end, r.begun, r.begun + r.messages * interval '1 second'
    from room r join person p on p.n = r.n % 30000
    order by random();
create temp table place as
    select r.id as conversation_id, p.id as user_id, r.begun + k * interval '1 millisecond' as joined_at, r.messages
    from room r cross join generate_series(0, r.people - 1) k join person p on p.n = (r.n * 7 + k) % 30000
    union all
    select r.id, u.id, r.begun, r.messages from room r cross join users u where r.n <= 5000 and u.username = 'reader';
insert into conversation_participants (id, conversation_id, user_id, joined_at)
    select gen_random_uuid(), conversation_id, user_id, joined_at from place order by random();
insert into messages (
    id, conversation_id, seq, sender_id, content, client_message_id, created_at, updated_at, deleted_at
)
    select
        gen_random_uuid(), r.id, seq, p.id, case when seq % 500 = 0 then '' else 'Message number ' || seq end,
        gen_random_uuid(), r.begun + seq * interval '1 second', r.begun + seq * interval '1 second',
        case when seq % 500 = 0 then r.begun + seq * interval '1 second' end
    from room r cross join generate_series(1, r.messages) seq join person p on p.n = (r.n * 7 + seq % r.people) % 30000;
vacuum analyze users;
vacuum analyze conversations;
vacuum analyze conversation_participants;
vacuum analyze messages;
update conversation_participants p set last_read_seq = c.last_seq * random()
    from conversations c where c.id = p.conversation_id and (random() < 0.1 or p.joined_at = c.created_at);
analyze conversation_participants
