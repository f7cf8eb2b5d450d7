alter table conversation_participants drop column last_receipt_at;
