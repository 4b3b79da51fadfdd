create table answer (
  id          integer primary key,
  key         blob    not null,
  fingerprint blob    not null,
  status      integer not null,
  location    text,
  body        blob    not null,
  at          integer not null
) strict;
create unique index answer_key on answer (key);
