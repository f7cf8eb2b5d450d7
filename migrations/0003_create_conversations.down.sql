drop table conversation_participants;
drop table conversations;
