-- Receipts that the database refuses, for the operator to look at. They refer to nothing, for what they name may be what is
-- missing.
create table receipts_set_aside (
    id uuid primary key,
    conversation_id uuid not null,
    user_id uuid not null,
    -- everything up to this one was read
    message_id uuid not null,
    seq bigint not null,
    read_at timestamptz not null,
    -- what it newly covers
    message_ids uuid[] not null,
    -- what the database said
    reason text not null,
    set_aside_at timestamptz not null default now()
);
