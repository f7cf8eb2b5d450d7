alter table conversations drop column is_read_only;
