create table answer (
  market      bigint not null default iroko_market(),
  id          bigint not null,
  key         bytea  not null,
  fingerprint bytea  not null,
  status      bigint not null,
  location    text,
  body        bytea  not null,
  at          bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index answer_key on answer (market, key);
select iroko_isolate('answer');
