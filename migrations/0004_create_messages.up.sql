create table messages (
    id uuid primary key,
    conversation_id uuid not null references conversations (id),
    -- 1, 2, 3 … within the conversation, without holes
    seq bigint not null check (seq > 0),
    -- null until changed
    rev bigint,
    sender_id uuid not null references users (id),
    -- empty once deleted
    content text not null check (char_length(content) <= 4000),
    content_type text not null default 'text' check (content_type in ('text', 'image', 'file')),
    client_message_id uuid not null,
    status text not null default 'delivered' check (status in ('sending', 'delivered', 'read', 'error')),
    reply_to_id uuid references messages (id),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    deleted_at timestamptz,
    -- history, by seq in both directions
    constraint messages_seq unique (conversation_id, seq),
    -- a repeated send is stored once
    constraint messages_client_message_id unique (sender_id, client_message_id)
);

create index messages_rev on messages (conversation_id, rev) where rev is not null;
create index messages_deleted on messages (conversation_id, seq) where deleted_at is not null;
create index messages_reply_to_id on messages (reply_to_id) where reply_to_id is not null;

create table read_receipts (
    message_id uuid not null references messages (id),
    user_id uuid not null references users (id),
    read_at timestamptz not null default now(),
    primary key (message_id, user_id)
);

create index read_receipts_user_id on read_receipts (user_id);
