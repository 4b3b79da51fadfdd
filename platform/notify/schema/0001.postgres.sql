create table notify_message (
  market    bigint not null default iroko_market(),
  id        bigint not null,
  cause     text   not null,
  template  text   not null,
  topic     text   not null,
  channel   text   not null,
  language  text,
  urgent    bigint not null,
  person    bigint,
  arguments text   not null,
  state     text   not null,
  provider  text,
  reference text,
  rounds    bigint not null,
  attempts  bigint not null,
  hash      bytea,
  at        bigint not null,
  started   bigint not null,
  due       bigint not null,
  expires   bigint not null,
  error     text,
  primary key (market, id)
) partition by list (market);
create unique index notify_message_cause on notify_message (market, cause);
create index notify_message_state on notify_message (market, state, id);
create index notify_message_due on notify_message (market, state, due);
create index notify_message_hash on notify_message (market, hash, started);
create index notify_message_person on notify_message (market, person, id);
create index notify_message_reference on notify_message (market, reference);
select iroko_isolate('notify_message');

create table notify_address (
  market  bigint not null default iroko_market(),
  cause   text not null,
  address text not null,
  primary key (market, cause)
) partition by list (market);
select iroko_isolate('notify_address');

create table notify_delivery (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  message  bigint not null,
  attempt  bigint not null,
  provider text   not null,
  outcome  text   not null,
  detail   text,
  at       bigint not null,
  primary key (market, id)
) partition by list (market);
create index notify_delivery_message on notify_delivery (market, message, id);
select iroko_isolate('notify_delivery');

create table notify_suppression (
  market  bigint not null default iroko_market(),
  hash    bytea  not null,
  channel text   not null,
  reason  text   not null,
  at      bigint not null,
  primary key (market, hash)
) partition by list (market);
create index notify_suppression_at on notify_suppression (market, at);
select iroko_isolate('notify_suppression');

create table notify_choice (
  market  bigint not null default iroko_market(),
  owner   text   not null,
  topic   text   not null,
  channel text   not null,
  allowed bigint not null,
  at      bigint not null,
  primary key (market, owner, topic, channel)
) partition by list (market);
select iroko_isolate('notify_choice');

create table notify_language (
  market   bigint not null default iroko_market(),
  owner    text   not null,
  language text   not null,
  at       bigint not null,
  primary key (market, owner)
) partition by list (market);
select iroko_isolate('notify_language');

create table notify_device (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  person   bigint not null,
  token    text   not null,
  platform text   not null,
  seen     bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index notify_device_token on notify_device (market, token);
create index notify_device_person on notify_device (market, person, id);
select iroko_isolate('notify_device');

create table notify_webhook (
  market         bigint not null default iroko_market(),
  id             bigint not null,
  url            text   not null,
  topics         text   not null,
  generation     bigint not null,
  previous_until bigint not null,
  failing_since  bigint,
  state          text   not null,
  contact        text,
  made           bigint not null,
  version        bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('notify_webhook');

create table notify_outbox (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  channel text   not null,
  address text   not null,
  subject text   not null,
  body    text   not null,
  at      bigint not null,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('notify_outbox');
