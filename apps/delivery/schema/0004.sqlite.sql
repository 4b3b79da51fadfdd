create table delivery_claim (
  id             integer primary key,
  delivery_order integer not null,
  buyer          integer not null,
  provider       integer not null,
  state          integer not null,
  dispute        integer not null,
  open           integer not null,
  at             integer not null,
  since          integer not null,
  answer_until   integer not null,
  refund         integer,
  failed         integer not null,
  tries          integer not null,
  version        integer not null,
  said           text    not null
) strict;
create index delivery_claim_order on delivery_claim (delivery_order, id);
create index delivery_claim_provider on delivery_claim (provider, id);
create index delivery_claim_open on delivery_claim (since, id) where open = 1;
create index delivery_claim_refund on delivery_claim (refund) where refund is not null;

create table delivery_claim_history (
  claim   integer not null,
  version integer not null,
  state   integer not null,
  dispute integer not null,
  actor   integer not null,
  role    integer not null,
  reason  text,
  at      integer not null,
  primary key (claim, version)
) strict, without rowid;

-- What claims gave back for an order, all together.
create table delivery_returned (
  delivery_order integer primary key,
  claims         integer not null,
  lines          text    not null,
  buyer          integer not null,
  money          integer not null,
  version        integer not null
) strict;
