-- One conversation whose row somebody holds does not keep the others of its batch waiting for long: the batch is undone, and
-- each conversation waits for its own row.
alter function store_messages(uuid[], uuid[], uuid[], text[], text[], uuid[], uuid[]) set lock_timeout = '500ms';
