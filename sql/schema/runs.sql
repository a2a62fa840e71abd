-- one row: this run; the only table with a run id, so that the same night audited twice gives the same bytes everywhere else
-- key: run_id
-- role: result
create table runs (
  run_id varchar not null, -- business date and number of the publication
  started_at timestamp not null, -- start
  finished_at timestamp, -- end
  as_of timestamp not null, -- the instant the night is judged at
  version varchar not null, -- version of nightaudit
  config_hash varchar not null, -- sha256 of the job file
  inputs_hash varchar not null, -- sha256 over the snapshots
  previous_run_id varchar, -- the run that `previous` is
  status varchar not null -- one of (running, done)
);
