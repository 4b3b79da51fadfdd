-- How a market stops taking commits here, for every process that is connected.

-- 0 serving; 1 frozen: reads go on, commits are refused; 2 arrived: a complete copy that the placement
-- does not name yet; 3 moved away, 4 archived: the row stays, so that nobody writes here by mistake.
-- Every commit looks at it in the statement that writes. Whoever changes it then waits for all
-- transactions that began before, since those may have seen the state before.
alter table resident add column state bigint not null default 0 check (state between 0 and 4);

-- Called by a commit that does not find its market serving: says why it may not go on. A market that
-- is not resident yet is being made.
create function iroko_fenced(wanted bigint) returns boolean language plpgsql volatile as $$
declare
  its record;
begin
  if iroko_market() is distinct from wanted then
    raise exception using errcode = 'IR002', message = 'the connection is set to another market';
  end if;
  select name, state into its from resident where market = wanted;
  if its.state > 0 then
    raise exception using errcode = case its.state when 4 then 'IR004' else 'IR003' end, message = its.name;
  end if;
  return false;
end $$;
