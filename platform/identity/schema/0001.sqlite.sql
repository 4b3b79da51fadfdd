-- Nothing secret is stored: passwords as argon2id, tokens and keys by their hash; one-time codes and
-- signing keys are derived from the master secret. `attempt.key` does not tell whose it is.
create table person (
  id       integer primary key,
  name     text    not null,
  language text    not null,
  password blob,
  at       integer not null,
  version  integer not null default 1
) strict;

create table contact (
  address text    not null primary key,
  person  integer not null,
  at      integer not null
) strict, without rowid;
create index contact_person on contact (person);

create table code (
  id       integer primary key,
  contact  text    not null,
  sign_up  integer not null,
  name     text,
  language text,
  password blob,
  tries    integer not null default 0,
  used     integer not null default 0,
  at       integer not null,
  expires  integer not null
) strict;
create index code_expires on code (expires);

create table session (
  id      integer primary key,
  person  integer not null,
  device  text    not null,
  at      integer not null,
  seen    integer not null,
  expires integer not null,
  ended   integer not null default 0
) strict;
create index session_person on session (person, id);
create index session_expires on session (expires);

create table refresh (
  hash    blob    not null primary key,
  session integer not null,
  used    integer not null default 0,
  at      integer not null,
  expires integer not null
) strict, without rowid;
create index refresh_expires on refresh (expires);

create table token_key (
  generation integer primary key,
  not_before integer not null,
  retire     integer
) strict;

create table api_key (
  id       integer primary key,
  hash     blob    not null,
  name     text    not null,
  owner    integer,
  given_by integer not null,
  role     text,
  place    text    not null,
  place_id integer not null,
  site     integer not null,
  scopes   text    not null,
  at       integer not null,
  expires  integer not null,
  revoked  integer not null default 0
) strict;
create unique index api_key_hash on api_key (hash);
create index api_key_site on api_key (site, id);

create table held_role (
  id       integer primary key,
  person   integer not null,
  place    text    not null,
  place_id integer not null,
  site     integer not null,
  role     text    not null,
  given_by integer not null,
  at       integer not null
) strict;
create unique index held_role_person on held_role (person, place, place_id);

create table attempt (
  key   blob    not null primary key,
  count integer not null,
  since integer not null,
  last  integer not null
) strict, without rowid;
create index attempt_last on attempt (last);
