-- The same answers for less: each connection plans the statements once, for any number of messages, where planning them and
-- reading whole tables had cost more than storing; and the same message twice in one batch is a duplicate, and no fault.
--
-- A plan that is kept must be right at every size, whatever the tables held when it was made. So nothing is left to choose:
-- `offset 0` has each message look for its own rows, a subquery for one value is never answered from a whole table, what
-- is asked beside a row's key is judged where its columns are read, lest another index be taken for it, and what is locked
-- stays in its place (ctid), where it is found again.
create or replace function store_messages(
    new_ids uuid[], new_conversation_ids uuid[], new_sender_ids uuid[], new_contents text[], new_content_types text[],
    new_client_message_ids uuid[], new_reply_to_ids uuid[]
) returns table (
    place bigint, outcome text, last_rev bigint, seq bigint, status text, created_at timestamptz,
    username text, display_name text, avatar_url text
)
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
as $$
#variable_conflict use_column
begin
    -- It locks first and looks then: each statement sees what was committed before it began. Locks are taken in one order
    -- by everybody: participants by conversation and user, then conversations by id.
    perform from (
        select distinct * from unnest(new_conversation_ids, new_sender_ids) as i (conversation_id, sender_id) order by 1, 2
    ) i
    cross join lateral (
        select from conversation_participants p
        where p.conversation_id = i.conversation_id and p.user_id = i.sender_id
        for no key update
    ) p;

    perform from (select distinct * from unnest(new_conversation_ids) as i (id) order by 1) i
    cross join lateral (select from conversations c where c.id = i.id for no key update) c;

    return query
    with judged as materialized (
        select
            i.*, u.username, u.display_name, u.avatar_url, p.at as participant_at, c.at as conversation_at,
            c.last_seq, c.last_rev, greatest(clock_timestamp(), c.updated_at) as stored_at,
            case
                when (
                    select true from messages m
                    where m.sender_id = i.sender_id and m.client_message_id = i.client_message_id
                ) then 'duplicate'
                when p.is_active is not true or c.is_there is not true then 'not_a_member'
                when c.is_read_only then 'read_only'
                when i.reply_to_id is not null and i.conversation_id is distinct from (
                    select m.conversation_id from messages m where m.id = i.reply_to_id
                ) then 'no_such_reply'
                else 'new'
            end as outcome
        from unnest(
            new_ids, new_conversation_ids, new_sender_ids, new_contents, new_content_types, new_client_message_ids,
            new_reply_to_ids
        ) with ordinality as i (
            id, conversation_id, sender_id, content, content_type, client_message_id, reply_to_id, place
        )
        cross join lateral (
            select u.username, u.display_name, u.avatar_url from users u where u.id = i.sender_id offset 0
        ) u
        left join lateral (
            select c.ctid as at, c.deleted_at is null as is_there, c.is_read_only, c.last_seq, c.last_rev, c.updated_at
            from conversations c where c.id = i.conversation_id offset 0
        ) c on true
        left join lateral (
            select p.ctid as at, p.is_active
            from conversation_participants p
            where p.conversation_id = i.conversation_id and p.user_id = i.sender_id
            offset 0
        ) p on true
    ), once as materialized (
        select
            j.*,
            -- the same message twice in one batch
            j.outcome = 'new' and row_number() over (
                partition by j.sender_id, j.client_message_id, j.outcome order by j.place
            ) = 1 as is_new
        from judged j
    ), numbered as materialized (
        select
            o.*,
            case when o.is_new then o.last_seq + count(*) filter (where o.is_new) over earlier end as seq,
            -- time follows the numbers
            max(o.stored_at) over earlier as created_at
        from once o
        window earlier as (partition by o.conversation_id order by o.place)
    ), stored as (
        insert into messages (
            id, conversation_id, seq, sender_id, content, content_type, client_message_id, reply_to_id, status,
            created_at, updated_at
        )
        select
            n.id, n.conversation_id, n.seq, n.sender_id, n.content, n.content_type, n.client_message_id, n.reply_to_id,
            'delivered', n.created_at, n.created_at
        from numbered n
        where n.is_new
    ), heads as (
        update conversations c
        set last_seq = newest.seq, updated_at = newest.created_at
        from (
            select conversation_at, max(seq) as seq, max(created_at) as created_at
            from numbered
            where is_new
            group by conversation_at
        ) newest
        where c.ctid = newest.conversation_at
    ), positions as (
        update conversation_participants p
        set last_read_seq = own.seq, last_read_message_id = own.id, last_read_at = own.created_at
        from (
            select distinct on (participant_at) participant_at, id, seq, created_at
            from numbered
            where is_new
            order by participant_at, seq desc
        ) own
        where p.ctid = own.participant_at
    )
    select
        n.place, case when n.outcome = 'new' and not n.is_new then 'duplicate' else n.outcome end, n.last_rev, n.seq, 'delivered', n.created_at, n.username, n.display_name, n.avatar_url
    from numbered n
    order by n.place;
end
$$;
