create table provider (
  id    integer primary key,
  name  text    not null unique,
  state text    not null check (state in ('active', 'closed')),
  at    integer not null
) strict;
