-- People. What must be unique is compared by its key, which the server makes once in one canonical form
-- (a database's lower() depends on its locale); the rest is stored as it was typed.
create table users (
    id uuid primary key,
    email text not null check (char_length(email) <= 254),
    email_key text not null,
    username text not null check (char_length(username) between 3 and 50),
    username_key text not null,
    password_hash text not null,
    display_name text not null check (char_length(display_name) between 1 and 100),
    avatar_url text check (char_length(avatar_url) <= 2048),
    is_active boolean not null default true,
    last_seen_at timestamptz,
    read_receipts_enabled boolean not null default true,
    presence_enabled boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);

-- Among the not deleted: whoever deletes an account gives its e-mail and username free again.
create unique index users_email_key on users (email_key) where deleted_at is null;
create unique index users_username_key on users (username_key) where deleted_at is null;
create index users_last_seen_at on users (last_seen_at);
