alter table notify_message add column about text;
create index notify_message_about on notify_message (about) where about is not null;
