create table answer (
  market      bigint not null default iroko_market(),
  key         bytea  not null,
  fingerprint bytea  not null,
  status      bigint not null,
  location    text,
  body        bytea  not null,
  at          bigint not null,
  primary key (market, key)
) partition by list (market);
create index answer_at on answer (market, at);
select iroko_isolate('answer');
