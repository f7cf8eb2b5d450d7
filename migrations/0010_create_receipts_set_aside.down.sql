drop table receipts_set_aside;
