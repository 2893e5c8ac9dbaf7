"""What ingest remembers: facts, decisions, content, jobs, erasures, positions, refused records, results."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
create table job_link (
  employer_id text not null,
  job_id text not null,
  facts jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (employer_id, job_id)
);

-- One row per application ever heard of. employer, job and candidate are null until its snapshot arrives (A4).
create table application (
  application_id text primary key,
  employer_id text,
  job_id text,
  candidate_id text,
  facts jsonb,
  facts_sha256 text,
  verdict text check (verdict in ('CREATE', 'UPDATE', 'NOOP', 'HOLD', 'SKIP', 'ERASE')),
  reason text,
  decision jsonb,
  connection text,
  policy_version int,
  again_at timestamptz,
  contact_key text,
  released text[] not null default '{}',
  backfill_approved boolean not null default false,
  backfill_taken boolean not null default false,
  decided_at timestamptz,
  updated_at timestamptz not null default now()
) with (fillfactor = 80);
create index application_by_job on application (employer_id, job_id);
create index application_by_candidate on application (candidate_id);
create index application_by_contact on application (contact_key) where contact_key is not null;
create index application_again on application (again_at) where again_at is not null;
create index application_down on application (connection) where reason = 'connection_down';
create index application_backfilled on application (employer_id, job_id) where backfill_taken;
create index application_intended on application (application_id) where verdict in ('CREATE', 'UPDATE', 'ERASE');
comment on column application.again_at is 'When time, or something outside the facts, calls for another decision';
comment on column application.backfill_taken is 'Let pass by backfill_on_link auto: counts against its job''s budget';
comment on column application.contact_key is 'Digest of (employer, job, e-mail); only here: an erasure blanks it';

-- A11: who came first with one address on one job. The row lock is what two ingest processes meet at.
create table contact_claim (
  contact_key text primary key,
  application_id text not null,
  candidate_id text not null,
  claimed_at timestamptz not null default now()
);
create index contact_claim_by_application on contact_claim (application_id);

create table snapshot (
  application_id text primary key,
  version bigint,
  content_sha256 text not null,
  content bytea,
  purged_at timestamptz,
  updated_at timestamptz not null default now(),
  check ((content is null) = (purged_at is not null))
);
alter table snapshot alter column content set storage external;
comment on column snapshot.content is 'The newest applications event, as it was received, zlib';

create table erasure (
  candidate_id text primary key,
  requested_at timestamptz not null,
  scope text not null,
  seen_at timestamptz not null default now()
);

create table application_event (
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  application_id text not null,
  kind text not null,
  at timestamptz,
  summary text not null default '',
  seen_at timestamptz not null default now(),
  primary key (topic, partition, "offset")
);
create index application_event_by_application on application_event (application_id);

create table ingest_offset (
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  updated_at timestamptz not null default now(),
  primary key (topic, partition)
) with (fillfactor = 50);

create table ingest_gap (
  topic text not null,
  partition int not null,
  from_offset bigint not null,
  to_offset bigint not null,
  found_at timestamptz not null default now(),
  filled_at timestamptz,
  records int,
  primary key (topic, partition, from_offset, to_offset),
  check (from_offset < to_offset)
);
create index ingest_gap_open on ingest_gap (topic, partition) where filled_at is null;

create table dead_letter (
  id bigint generated always as identity primary key,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  code text not null,
  reason text not null,
  path text not null,
  key bytea,
  value bytea,
  headers jsonb,
  timestamp_ms bigint not null default 0,
  seen_at timestamptz not null default now(),
  replayed_at timestamptz,
  unique (topic, partition, "offset", code)
);
create index dead_letter_by_key on dead_letter (key) where value is not null;

-- A dead letter's copy has no bytes of its own: the relay takes them from dead_letter, where an erasure reaches them.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key bytea,
  payload bytea,
  dead_letter_id bigint references dead_letter,
  created_at timestamptz not null default now(),
  published_at timestamptz
);
create index outbox_unpublished on outbox (id) where published_at is null;

create table operator_action (
  id bigint generated always as identity primary key,
  actor text not null,
  action text not null,
  filter jsonb not null default '{}',
  n int not null default 0,
  reason text not null default '',
  at timestamptz not null default now()
);
"""

_FUNCTIONS = """
-- Locks the applications of a batch, new ones included, always in the order of their ids, so that two ingest processes
-- can neither deadlock nor decide from half of what is known. Facts come back only where they are not the ones the
-- caller has. Each statement of a volatile function sees what committed before it: the second one sees everything.
create function lock_applications(p_ids text[], p_known text[])
returns table (application_id text, facts jsonb, facts_sha256 text, verdict text, reason text, contact_key text,
               connection text, policy_version int, again_at timestamptz, released text[], backfill_approved boolean,
               backfill_taken boolean)
language plpgsql as $$
#variable_conflict use_column
begin
  insert into application (application_id)
    select i.id from unnest(p_ids) as i(id)
    where not exists (select from application a where a.application_id = i.id)
    order by i.id
    on conflict do nothing;
  return query
    with wanted as (
      select w.id, w.sha from unnest(p_ids, p_known) as w(id, sha)
    ), held as materialized (
      select a.*, w.sha from application a join wanted w on w.id = a.application_id
      order by a.application_id for update of a
    )
    select h.application_id, case when h.facts_sha256 is distinct from h.sha then h.facts end,
           h.facts_sha256, h.verdict, h.reason, h.contact_key, h.connection, h.policy_version, h.again_at, h.released,
           h.backfill_approved, h.backfill_taken
    from held h;
end $$;

-- Who owns each address on its job after this batch asked for it (A11). Waits for a twin that is decided elsewhere.
create function claim_contacts(p_keys text[], p_applications text[], p_candidates text[])
returns table (contact_key text, application_id text, candidate_id text)
language plpgsql as $$
#variable_conflict use_column
begin
  insert into contact_claim (contact_key, application_id, candidate_id)
    select c.key, c.application, c.candidate
    from unnest(p_keys, p_applications, p_candidates) with ordinality as c(key, application, candidate, n)
    order by c.key, c.n
    on conflict do nothing;
  return query select c.contact_key, c.application_id, c.candidate_id from contact_claim c
    where c.contact_key = any (p_keys);
end $$;

-- A45: forget the people, keep the decisions. Runs while no application batch does, so its updates need no order.
create function erase_candidates(p_candidates text[], p_requested timestamptz[], p_scopes text[]) returns void
language plpgsql as $$
declare
  v_applications text[];
begin
  insert into erasure (candidate_id, requested_at, scope)
    select * from unnest(p_candidates, p_requested, p_scopes) on conflict do nothing;
  select coalesce(array_agg(a.application_id), '{}') into v_applications
    from application a where a.candidate_id = any (p_candidates);
  update snapshot s set content = null, purged_at = now()
    where s.application_id = any (v_applications) and s.content is not null;
  update dead_letter d set value = null, headers = null
    where d.value is not null and d.key in (select convert_to(i, 'UTF8') from unnest(v_applications) i);
  delete from contact_claim c where c.application_id = any (v_applications);
  update application a set contact_key = null, again_at = now(), updated_at = now()
    where a.application_id = any (v_applications);
  perform cancel_pending(i, 'erased') from unnest(v_applications) i;
end $$;

-- Moves watermarks over runs of consecutive offsets, in the order given, and notes every range that was jumped over.
create function advance_offsets(p_topics text[], p_partitions int[], p_first bigint[], p_next bigint[]) returns int
language plpgsql as $$
declare
  v_seen bigint;
  v_gaps int := 0;
begin
  for i in 1 .. cardinality(p_topics) loop
    insert into ingest_offset as o (topic, partition, next_offset) values (p_topics[i], p_partitions[i], 0)
      on conflict (topic, partition) do update set updated_at = clock_timestamp()
      returning o.next_offset into v_seen;
    if p_first[i] > v_seen then
      insert into ingest_gap (topic, partition, from_offset, to_offset)
        values (p_topics[i], p_partitions[i], v_seen, p_first[i])
        on conflict (topic, partition, from_offset, to_offset) do update set filled_at = null, found_at = now();
      v_gaps := v_gaps + 1;
    end if;
    update ingest_offset o set next_offset = greatest(o.next_offset, p_next[i])
      where o.topic = p_topics[i] and o.partition = p_partitions[i];
  end loop;
  return v_gaps;
end $$;
"""


def upgrade() -> None:
    run_script(_TABLES)
    run_script(_FUNCTIONS)
