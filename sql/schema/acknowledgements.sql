-- one row per finding that somebody acknowledged: it is not told again until then, unless it changes
-- key: finding_id
-- role: result
create table acknowledgements (
  finding_id varchar not null, -- the finding
  until_on date not null, -- last business date it holds for
  because varchar not null, -- why nothing has to be done
  acknowledged_by varchar, -- who said so
  value varchar -- what the finding said then, as a hash; null = whatever it says
);
