drop table instance;
