-- A conversation's people, the longest-serving first: lists show ten of them and their number. Messages move none of these
-- columns, so their updates stay within the page (HOT).
create index conversation_participants_active on conversation_participants (conversation_id, joined_at, user_id)
    where is_active;
