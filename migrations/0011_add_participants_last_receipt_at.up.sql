-- When a member last let it be seen that they read: last_read_at moves with what they send, and with what they hide.
alter table conversation_participants add column last_receipt_at timestamptz;
update conversation_participants set last_receipt_at = last_read_at where last_receipt_seq is not null;
