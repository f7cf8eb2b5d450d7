-- Half of a page stays free. People of a group who read at the same time stand beside each other, and with 30 % free two
-- thirds of the rows that they moved found no room, and went to another page and into five indexes. What is written from
-- now on has the room.
alter table conversation_participants set (fillfactor = 50);

-- Moves readers on, never back, and answers how many. Who joined again after reading starts afresh: what was read before that
-- moves nothing.
--
-- They come in the order in which everybody locks (conversation, user), each once. One after the other is looked for by that
-- key, which is all that the settings leave to choose, and so they are locked in that order. What somebody else moved while
-- its lock was waited for is judged as it is then.
create function move_readers(
    conversation_ids uuid[], user_ids uuid[], seqs bigint[], message_ids uuid[], moments timestamptz[],
    shown_seqs bigint[], shown_moments timestamptz[]
) returns bigint
language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    moved bigint;
begin
    update conversation_participants p set
        last_read_seq = greatest(p.last_read_seq, r.seq),
        last_read_message_id = case when r.seq > p.last_read_seq then r.message_id else p.last_read_message_id end,
        last_read_at = case when r.seq > p.last_read_seq then r.read_at else p.last_read_at end,
        last_receipt_seq = greatest(p.last_receipt_seq, r.shown_seq),
        last_receipt_at = case
            when r.shown_seq > coalesce(p.last_receipt_seq, 0) then r.shown_at else p.last_receipt_at
        end
    from unnest(conversation_ids, user_ids, seqs, message_ids, moments, shown_seqs, shown_moments) as r (
        conversation_id, user_id, seq, message_id, read_at, shown_seq, shown_at
    )
    where p.conversation_id = r.conversation_id and p.user_id = r.user_id
        and (r.seq > p.last_read_seq or r.shown_seq > coalesce(p.last_receipt_seq, 0))
        -- a receipt that waited elsewhere knows its moment in milliseconds
        and r.read_at >= date_trunc('milliseconds', p.joined_at);
    get diagnostics moved = row_count;
    return moved;
end;
$$;
