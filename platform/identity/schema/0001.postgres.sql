-- Nothing secret is stored: passwords as argon2id, tokens and keys by their hash; one-time codes and
-- signing keys are derived from the master secret. `attempt.key` does not tell whose it is.
create table person (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  name     text   not null,
  language text   not null,
  password bytea,
  at       bigint not null,
  version  bigint not null default 1,
  primary key (market, id)
) partition by list (market);
select iroko_isolate('person');

create table contact (
  market  bigint not null default iroko_market(),
  address text   not null,
  person  bigint not null,
  at      bigint not null,
  primary key (market, address)
) partition by list (market);
create index contact_person on contact (market, person);
select iroko_isolate('contact');

create table code (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  contact  text   not null,
  sign_up  bigint not null,
  name     text,
  language text,
  password bytea,
  tries    bigint not null default 0,
  used     bigint not null default 0,
  at       bigint not null,
  expires  bigint not null,
  primary key (market, id)
) partition by list (market);
create index code_expires on code (market, expires);
select iroko_isolate('code');

create table session (
  market  bigint not null default iroko_market(),
  id      bigint not null,
  person  bigint not null,
  device  text   not null,
  at      bigint not null,
  seen    bigint not null,
  expires bigint not null,
  ended   bigint not null default 0,
  primary key (market, id)
) partition by list (market);
create index session_person on session (market, person, id);
create index session_expires on session (market, expires);
select iroko_isolate('session');

create table refresh (
  market  bigint not null default iroko_market(),
  hash    bytea  not null,
  session bigint not null,
  used    bigint not null default 0,
  at      bigint not null,
  expires bigint not null,
  primary key (market, hash)
) partition by list (market);
create index refresh_expires on refresh (market, expires);
select iroko_isolate('refresh');

create table token_key (
  market     bigint not null default iroko_market(),
  generation bigint not null,
  not_before bigint not null,
  retire     bigint,
  primary key (market, generation)
) partition by list (market);
select iroko_isolate('token_key');

create table api_key (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  hash     bytea  not null,
  name     text   not null,
  owner    bigint,
  given_by bigint not null,
  role     text,
  place    text   not null,
  place_id bigint not null,
  site     bigint not null,
  scopes   text   not null,
  at       bigint not null,
  expires  bigint not null,
  revoked  bigint not null default 0,
  primary key (market, id)
) partition by list (market);
create unique index api_key_hash on api_key (market, hash);
create index api_key_site on api_key (market, site, id);
select iroko_isolate('api_key');

create table held_role (
  market   bigint not null default iroko_market(),
  id       bigint not null,
  person   bigint not null,
  place    text   not null,
  place_id bigint not null,
  site     bigint not null,
  role     text   not null,
  given_by bigint not null,
  at       bigint not null,
  primary key (market, id)
) partition by list (market);
create unique index held_role_person on held_role (market, person, place, place_id);
select iroko_isolate('held_role');

create table attempt (
  market bigint not null default iroko_market(),
  key    bytea  not null,
  count  bigint not null,
  since  bigint not null,
  last   bigint not null,
  primary key (market, key)
) partition by list (market);
create index attempt_last on attempt (market, last);
select iroko_isolate('attempt');
