alter table notify_message add column about text;
create index notify_message_about on notify_message (market, about) where about is not null;
