-- No index on updated_at, last_seq or last_rev: every message moves them, and the update stays within the page (HOT)
-- as long as no index holds them and the page has room.
create table conversations (
    id uuid primary key,
    type text not null check (type in ('direct', 'group')),
    title text check (char_length(title) between 1 and 100),
    avatar_url text check (char_length(avatar_url) <= 2048),
    created_by uuid not null references users (id),
    -- the newest message's number, the newest other change's number, and the number of this row's own last change
    last_seq bigint not null default 0 check (last_seq >= 0),
    last_rev bigint not null default 0 check (last_rev >= 0),
    rev bigint,
    -- both ids of a direct conversation, the smaller one first
    direct_key text check ((direct_key is not null) = (type = 'direct')),
    created_at timestamptz not null default now(),
    -- the last message, or creation
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    check ((title is not null) = (type = 'group'))
) with (fillfactor = 70);

create unique index conversations_direct_key on conversations (direct_key) where deleted_at is null;

create table conversation_participants (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    user_id uuid not null references users (id),
    role text not null default 'member' check (role in ('owner', 'admin', 'member')),
    joined_at timestamptz not null default now(),
    last_read_message_id uuid,
    last_read_seq bigint not null default 0 check (last_read_seq >= 0),
    last_read_at timestamptz,
    -- null until the first receipt; what others may see, while last_read_seq is the member's own
    last_receipt_seq bigint,
    -- receipts are given for messages after this one
    receipts_from_seq bigint not null default 0,
    is_active boolean not null default true,
    rev bigint,
    constraint conversation_participants_once unique (conversation_id, user_id)
) with (fillfactor = 70);

create index conversation_participants_user_id on conversation_participants (user_id) where is_active;
create index conversation_participants_rev on conversation_participants (conversation_id, rev) where rev is not null;
