-- How a market stops taking commits here, for every process that is connected.

-- 0 serving; 1 frozen: reads go on, commits are refused; 2 arrived: a complete copy that the placement
-- does not name yet; 3 moved away, 4 archived: the row stays, so that nobody writes here by mistake.
-- Every commit looks at it in the statement that writes. Whoever changes it then waits for all
-- transactions that began before, since those may have seen the state before.
alter table resident add column state bigint not null default 0 check (state between 0 and 4);

-- Commits are refused here.
create function iroko_fenced() returns integer language plpgsql volatile as $$
declare
  its record;
begin
  select name, state into its from resident;
  raise exception using errcode = case its.state when 4 then 'IR004' else 'IR003' end, message = its.name;
end $$;
