-- The database's incarnation: one row. When what the server finds differs from it, the database was restored, and a
-- new epoch tells every client to start afresh.
create table instance (
    only_row boolean primary key default true check (only_row),
    epoch uuid not null,
    system_identifier text not null,
    timeline bigint not null,
    database_oid bigint not null,
    messages_oid bigint not null
);
