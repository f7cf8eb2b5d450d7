-- Stores many messages at once, in one transaction and one round trip. What becomes of each is answered in their order; a
-- message that cannot be stored keeps no other from it.
--
-- A function, because each of its statements sees what was committed before it began: it locks first and looks then. One
-- statement that waited for a lock would go on with what it saw before, and store for a member removed meanwhile.
-- Locks are taken in one order by everybody: participants by conversation and user, then conversations by id.
create or replace function store_messages(
    new_ids uuid[], new_conversation_ids uuid[], new_sender_ids uuid[], new_contents text[], new_content_types text[],
    new_client_message_ids uuid[], new_reply_to_ids uuid[]
) returns table (
    place bigint, outcome text, last_rev bigint, seq bigint, status text, created_at timestamptz,
    username text, display_name text, avatar_url text
)
language plpgsql
-- A plan for any number of messages would be made for ten, and read whole tables.
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
    perform from conversation_participants p
    where p.is_active
        and (p.conversation_id, p.user_id) in (select * from unnest(new_conversation_ids, new_sender_ids))
    order by p.conversation_id, p.user_id
    for no key update;

    perform from conversations c
    where c.id = any(new_conversation_ids)
    order by c.id
    for no key update;

    return query
    with judged as materialized (
        select
            i.*, p.id as participant_id, c.last_seq, c.last_rev, greatest(clock_timestamp(), c.updated_at) as stored_at,
            case
                when exists (
                    select from messages first
                    where first.sender_id = i.sender_id and first.client_message_id = i.client_message_id
                ) then 'duplicate'
                when p.id is null or c.id is null then 'not_a_member'
                when c.is_read_only then 'read_only'
                when i.reply_to_id is not null and not exists (
                    select from messages r where r.id = i.reply_to_id and r.conversation_id = i.conversation_id
                ) then 'no_such_reply'
                else 'new'
            end as outcome
        from unnest(
            new_ids, new_conversation_ids, new_sender_ids, new_contents, new_content_types, new_client_message_ids,
            new_reply_to_ids
        ) with ordinality as i (
            id, conversation_id, sender_id, content, content_type, client_message_id, reply_to_id, place
        )
        left join conversations c on c.id = i.conversation_id and c.deleted_at is null
        left join conversation_participants p
            on p.conversation_id = i.conversation_id and p.user_id = i.sender_id and p.is_active
    ), numbered as materialized (
        select j.*, j.last_seq + row_number() over (partition by j.conversation_id order by j.place) as seq
        from judged j
        where j.outcome = 'new'
    ), stored as (
        insert into messages (
            id, conversation_id, seq, sender_id, content, content_type, client_message_id, reply_to_id,
            created_at, updated_at
        )
        select
            m.id, m.conversation_id, m.seq, m.sender_id, m.content, m.content_type, m.client_message_id, m.reply_to_id,
            -- time follows the numbers
            max(m.stored_at) over (partition by m.conversation_id order by m.seq),
            max(m.stored_at) over (partition by m.conversation_id order by m.seq)
        from numbered m
        returning id, seq, status, created_at
    ), heads as (
        update conversations c
        set last_seq = newest.seq, updated_at = newest.stored_at
        from (
            select conversation_id, max(seq) as seq, max(stored_at) as stored_at from numbered group by conversation_id
        ) newest
        where c.id = newest.conversation_id
    ), positions as (
        update conversation_participants p
        set last_read_seq = own.seq, last_read_message_id = own.id, last_read_at = own.stored_at
        from (
            select distinct on (participant_id) participant_id, id, seq, stored_at
            from numbered
            order by participant_id, seq desc
        ) own
        where p.id = own.participant_id
    )
    select
        j.place, j.outcome, j.last_rev, s.seq, s.status, s.created_at, u.username, u.display_name, u.avatar_url
    from judged j
    left join stored s on s.id = j.id
    join users u on u.id = j.sender_id
    order by j.place;
end
$$;
