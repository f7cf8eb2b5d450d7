drop table read_receipts;
drop table messages;
