-- Nodes ask all the time who joined lately, in case that the news of it was lost. Sending a message does not touch it.
create index conversation_participants_joined_at on conversation_participants (joined_at) where is_active;
