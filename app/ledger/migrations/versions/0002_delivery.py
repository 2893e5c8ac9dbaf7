"""What delivery remembers: connections, deliveries with their steps and attempts, gates, artifacts, tombstones."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CONNECTIONS = """
create table connection (
  name text primary key,
  employer_id text not null unique,
  vendor text not null,
  base_url text,
  credentials bytea not null,
  trigger text not null check (trigger in ('engaged', 'new')),
  policy jsonb not null,
  policy_version int not null default 1,
  trigger_since timestamptz,
  state text not null default 'healthy' check (state in ('healthy', 'paused')),
  pause_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column connection.credentials is 'AES-256-GCM, bound to the connection by its name';
comment on column connection.trigger_since is 'When the trigger became what it is (A19); null: from the start';

create table connection_version (
  name text not null,
  policy_version int not null,
  trigger text not null,
  policy jsonb not null,
  effective_at timestamptz not null default now(),
  primary key (name, policy_version)
);

-- What OAuth gives us for a connection. Encrypted like the credentials.
create table token (
  connection text primary key,
  value bytea not null,
  updated_at timestamptz not null default now()
);

-- One row per connection, shared by all processes: breaker, tokens, in-flight cap and what the vendor told us to wait.
create table gate (
  connection text primary key,
  mode text not null default 'closed' check (mode in ('closed', 'open', 'half_open', 'paused')),
  open_until timestamptz,
  opened_at timestamptz,
  trips int not null default 0,
  consec_fail int not null default 0,
  window_at timestamptz not null default now(),
  window_n int not null default 0,
  window_fail int not null default 0,
  pause_reason text,
  hold_until timestamptz,
  max_inflight int not null default 4,
  rate_per_s float8 not null default 10,
  burst float8 not null default 10,
  tokens float8 not null default 10,
  refilled_at timestamptz not null default now(),
  calls float8 not null default 2,
  claims bigint not null default 0,
  last_claim_at timestamptz,
  capability text not null check (capability in ('key', 'upsert', 'native', 'lookup', 'none')),
  key_window_s float8,
  settle_s float8 not null default 60,
  policy_version int not null default 1
) with (fillfactor = 50);
create index gate_turn on gate (last_claim_at nulls first);
comment on column gate.calls is 'Calls one delivery makes here, learned: what a claim takes from the bucket';

create table issue (
  id bigint generated always as identity primary key,
  kind text not null,
  connection text not null,
  subject text not null default '',
  n int not null default 1,
  opened_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index issue_open on issue (kind, connection, subject) where closed_at is null;
comment on table issue is 'Something a person should see once: one per paused connection, closed job, unknown outcome';
"""

_DELIVERIES = """
create table delivery (
  key uuid primary key,
  kind text not null check (kind in ('create', 'update', 'erase')),
  generation int not null default 1,
  connection text not null,
  employer_id text not null,
  application_id text not null,
  candidate_id text not null,
  job_id text not null,
  ats_job_id text not null,
  state text not null default 'new' check (state in
    ('new', 'ready', 'sending', 'uncertain', 'delivered', 'dead', 'parked', 'cancelled')),
  ambiguous boolean not null default false,
  look_first boolean not null default false,
  reason text,
  attempts int not null default 0,
  unsent int not null default 0,
  render_claims int not null default 0,
  render_errors int not null default 0,
  priority int not null default 1 check (priority in (0, 1)),
  next_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '5 days',
  first_sent_at timestamptz,
  wire_until timestamptz,
  fence bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  content_sha256 text,
  engaged boolean not null default false,
  artifact_sha256 text,
  receipt jsonb,
  attribution text,
  last_class text,
  last_code text,
  last_error text,
  parked_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  check (state not in ('sending') or (lease_owner is not null and lease_until is not null)),
  check (state in ('new', 'sending') or lease_owner is null),
  check ((state = 'delivered') = (delivered_at is not null)),
  check (state not in ('ready') or not ambiguous)
) with (fillfactor = 70);
comment on column delivery.key is 'Digest of employer, connection, application, kind, generation: unique in them';
comment on column delivery.ambiguous is 'A step was started and its end was never seen: set and cleared with the step';
comment on column delivery.look_first is 'The ledger was restored: a step it never heard of may have landed';
comment on column delivery.unsent is 'Tries in a row that surely sent nothing: they cost no attempt, only time';
comment on column delivery.priority is '1: first try of new work; 0: a repeat, or work that waited for its connection';
comment on column delivery.wire_until is 'The last instant one of our requests could still be on the wire';

create index delivery_due on delivery (connection, priority, next_at) where state in ('ready', 'uncertain');
create index delivery_new on delivery (connection, next_at) where state = 'new';
create index delivery_leased on delivery (lease_until) where state = 'sending';
create unique index delivery_one_sending on delivery (connection, candidate_id) where state = 'sending';
create index delivery_unsettled on delivery (connection, candidate_id) where state = 'uncertain';
create index delivery_settled on delivery (connection, candidate_id, delivered_at)
  where state = 'delivered' and kind = 'create';
create index delivery_by_application on delivery (application_id);
create index delivery_by_job on delivery (employer_id, job_id) where state in ('new', 'ready', 'parked');
create index delivery_by_connection on delivery (connection, created_at);
create index delivery_open on delivery (state, created_at) where state not in ('delivered', 'cancelled');
create index delivery_expiring on delivery (expires_at) where state = 'ready';
create index delivery_by_artifact on delivery (artifact_sha256) where artifact_sha256 is not null;

-- The journal: absent, started (may be on the wire), finished (with what it keeps) or refused (surely did not happen).
create table step (
  delivery_key uuid not null,
  step text not null,
  state text not null check (state in ('started', 'finished', 'refused')),
  kept jsonb not null default '{}',
  looks int not null default 0,
  last_look_at timestamptz,
  wire_until timestamptz not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  fence bigint not null,
  primary key (delivery_key, step)
) with (fillfactor = 70);

create table attempt (
  id uuid primary key,
  delivery_key uuid not null,
  fence bigint not null,
  worker uuid,
  op text not null,
  started_at timestamptz not null,
  ended_at timestamptz not null default clock_timestamp(),
  class text not null,
  code text,
  error text,
  remote_id text,
  applied boolean not null
);
create index attempt_by_delivery on attempt (delivery_key);
create index attempt_by_end on attempt (ended_at);

create table delivery_move (
  id bigint generated always as identity primary key,
  delivery_key uuid not null,
  from_state text,
  to_state text not null,
  reason text,
  fence bigint not null,
  at timestamptz not null default clock_timestamp()
);
create index delivery_move_by_delivery on delivery_move (delivery_key);

create table artifact (
  sha256 text primary key,
  content bytea not null,
  size int not null,
  created_at timestamptz not null default now()
);
alter table artifact alter column content set storage external;

create table tombstone (
  delivery_key uuid primary key,
  delivered_at timestamptz not null,
  receipt jsonb not null
);
comment on table tombstone is 'For ever, without people''s data: a replay of the topics delivers nothing twice';

create table restore (
  at timestamptz primary key default clock_timestamp(),
  distrust_until timestamptz not null
);
"""

# The moves of schemas/delivery.py, held by the database itself; a test compares the two.
_MOVES = """
create function delivery_moved() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and not new.state = any (case old.state
      when 'new' then array['ready', 'dead', 'cancelled', 'parked']
      when 'ready' then array['sending', 'cancelled', 'parked', 'dead']
      when 'sending' then array['delivered', 'uncertain', 'ready', 'dead', 'parked', 'cancelled']
      when 'uncertain' then array['sending', 'delivered', 'ready', 'dead', 'parked']
      when 'parked' then array['new', 'ready', 'uncertain', 'cancelled', 'delivered']
      when 'dead' then array['new', 'ready', 'uncertain', 'delivered', 'cancelled']
      when 'cancelled' then array['new']
      else array[]::text[] end) then
    raise exception 'no move from % to %', old.state, new.state using errcode = 'check_violation';
  end if;
  insert into delivery_move (delivery_key, from_state, to_state, reason, fence)
    values (new.key, case when tg_op = 'UPDATE' then old.state end, new.state, new.reason, new.fence);
  return null;
end $$;
create trigger delivery_moves after update of state on delivery for each row
  when (old.state is distinct from new.state) execute function delivery_moved();
create trigger delivery_begins after insert on delivery for each row execute function delivery_moved();
"""


def upgrade() -> None:
    run_script(_CONNECTIONS)
    run_script(_DELIVERIES)
    run_script(_MOVES)
