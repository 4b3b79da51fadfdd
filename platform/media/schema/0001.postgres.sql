create table media (
  market    bigint not null default iroko_market(),
  id        bigint not null,
  state     text   not null,
  purpose   text   not null,
  subject   bigint,
  total     bigint not null,
  received  bigint not null,
  decodings bigint not null,
  hash      bytea,
  width     bigint,
  height    bigint,
  reason    text,
  at        bigint not null,
  updated   bigint not null,
  version   bigint not null,
  primary key (market, id)
) partition by list (market);
create index media_subject on media (market, purpose, subject, id) where subject is not null;
create index media_loose on media (market, at) where subject is null and state <> 'removed';
create index media_unfinished on media (market, state, at) where state in ('receiving', 'waiting');
select iroko_isolate('media');

create table media_chunk (
  market bigint not null default iroko_market(),
  media  bigint not null,
  start  bigint not null,
  bytes  bigint not null,
  object text   not null,
  primary key (market, media, start)
) partition by list (market);
select iroko_isolate('media_chunk');

create table media_picture (
  market  bigint not null default iroko_market(),
  hash    bytea  not null,
  state   text   not null,
  refs    bigint not null,
  width   bigint not null,
  height  bigint not null,
  touched bigint not null,
  primary key (market, hash)
) partition by list (market);
select iroko_isolate('media_picture');
