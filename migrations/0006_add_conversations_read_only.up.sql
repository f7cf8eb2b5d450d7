-- A direct conversation is only read from the day on which one of the two deletes the account.
alter table conversations add column is_read_only boolean not null default false;
