create table answer (
  key         blob    not null primary key,
  fingerprint blob    not null,
  status      integer not null,
  location    text,
  body        blob    not null,
  at          integer not null
) strict, without rowid;
create index answer_at on answer (at);
