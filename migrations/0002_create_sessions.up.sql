-- One sign-in on one device. Its refresh tokens form one family, which is known by the session's id: generation
-- counts the rotations, and the token of any generation can be made again from this row and the server's secret,
-- so that nothing secret is stored.
create table sessions (
    id uuid primary key,
    user_id uuid not null references users (id),
    user_agent text check (char_length(user_agent) <= 400),
    address inet,
    generation bigint not null default 1 check (generation > 0),
    -- when the present generation was made, and by the request with which Idempotency-Key (its SHA-256)
    rotated_at timestamptz not null default now(),
    rotation_key bytea check (octet_length(rotation_key) = 32),
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    revoked_at timestamptz
);

create index sessions_user_id on sessions (user_id) where revoked_at is null;
