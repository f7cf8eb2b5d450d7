alter function store_messages(uuid[], uuid[], uuid[], text[], text[], uuid[], uuid[]) reset lock_timeout;
