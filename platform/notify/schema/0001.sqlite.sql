create table notify_message (
  id        integer primary key,
  cause     text    not null,
  template  text    not null,
  topic     text    not null,
  channel   text    not null,
  language  text,
  urgent    integer not null,
  person    integer,
  arguments text    not null,
  state     text    not null,
  provider  text,
  reference text,
  rounds    integer not null,
  attempts  integer not null,
  hash      blob,
  at        integer not null,
  started   integer not null,
  due       integer not null,
  expires   integer not null,
  error     text
) strict;
create unique index notify_message_cause on notify_message (cause);
create index notify_message_state on notify_message (state, id);
create index notify_message_due on notify_message (state, due);
create index notify_message_hash on notify_message (hash, started);
create index notify_message_person on notify_message (person, id);
create index notify_message_reference on notify_message (reference);

create table notify_address (
  cause   text not null primary key,
  address text not null
) strict, without rowid;

create table notify_delivery (
  id       integer primary key,
  message  integer not null,
  attempt  integer not null,
  provider text    not null,
  outcome  text    not null,
  detail   text,
  at       integer not null
) strict;
create index notify_delivery_message on notify_delivery (message, id);

create table notify_suppression (
  hash    blob    not null primary key,
  channel text    not null,
  reason  text    not null,
  at      integer not null
) strict, without rowid;
create index notify_suppression_at on notify_suppression (at);

create table notify_choice (
  owner   text    not null,
  topic   text    not null,
  channel text    not null,
  allowed integer not null,
  at      integer not null,
  primary key (owner, topic, channel)
) strict, without rowid;

create table notify_language (
  owner    text    not null primary key,
  language text    not null,
  at       integer not null
) strict, without rowid;

create table notify_device (
  id       integer primary key,
  person   integer not null,
  token    text    not null,
  platform text    not null,
  seen     integer not null
) strict;
create unique index notify_device_token on notify_device (token);
create index notify_device_person on notify_device (person, id);

create table notify_webhook (
  id             integer primary key,
  url            text    not null,
  topics         text    not null,
  generation     integer not null,
  previous_until integer not null,
  failing_since  integer,
  state          text    not null,
  contact        text,
  made           integer not null,
  version        integer not null
) strict;

create table notify_outbox (
  id      integer primary key,
  channel text    not null,
  address text    not null,
  subject text    not null,
  body    text    not null,
  at      integer not null
) strict;
