drop function move_readers(uuid[], uuid[], bigint[], uuid[], timestamptz[], bigint[], timestamptz[]);
alter table conversation_participants set (fillfactor = 70);
