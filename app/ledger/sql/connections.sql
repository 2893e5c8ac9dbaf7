-- name: get
-- One connection as it is in force.
select name, employer_id, vendor, base_url, trigger, policy, policy_version, trigger_since, state
from connection where name = $1;

-- name: healthy
-- Every connection that may be used, as it is in force.
select name, employer_id, vendor, base_url, trigger, policy, policy_version, trigger_since, state
from connection where state = 'healthy' order by name;

-- name: get_locked
-- The same with its sealed credentials, to be changed.
select vendor, base_url, trigger, policy, credentials from connection where name = $1 for update;

-- name: credentials
-- Sealed; only app/secrets.py opens them.
select credentials from connection where name = $1;

-- name: same_name_or_employer
-- Whoever a connection could collide with: an employer has one, a name means one.
select name, employer_id from connection where name = $1 or employer_id = $2;

-- name: create
-- A first trigger is in force from the start, so that what happened before counts.
with c as (
  insert into connection (name, employer_id, vendor, base_url, credentials, trigger, policy)
  values ($1, $2, $3, $4, $5, $6, $7)
  returning name, policy_version, trigger, policy
)
insert into connection_version (name, policy_version, trigger, policy)
select name, policy_version, trigger, policy from c;

-- name: change
-- A new version in force from now; another trigger is not retroactive (A19).
with c as (
  update connection set
    trigger_since = case when trigger <> $6 then clock_timestamp() else trigger_since end,
    employer_id = $2, vendor = $3, base_url = $4, credentials = $5, trigger = $6, policy = $7,
    policy_version = policy_version + 1, updated_at = clock_timestamp()
  where name = $1
  returning name, policy_version, trigger, policy
)
insert into connection_version (name, policy_version, trigger, policy)
select name, policy_version, trigger, policy from c;

-- name: load_token
-- What OAuth gave us for one connection, sealed.
select value from token where connection = $1;

-- name: save_token
-- The newest token, sealed.
insert into token (connection, value) values ($1, $2)
on conflict (connection) do update set value = excluded.value, updated_at = clock_timestamp();

-- name: try_login
-- One process at a time logs a connection in. The lock is the session's own: it ends with it, and with a killed process.
select pg_try_advisory_lock(7021003, hashtext($1));

-- name: end_login
-- The next one may log in.
select pg_advisory_unlock(7021003, hashtext($1));
