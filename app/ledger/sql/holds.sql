-- name: list
-- Applications a person could let go, the newest decisions first. $6: reasons no release opens.
select a.application_id, a.connection, a.job_id, a.verdict, a.reason, a.again_at, a.decided_at
from application a
where a.verdict in ('HOLD', 'SKIP') and a.reason <> all ($6::text[])
  and ($1::text[] is null or a.application_id = any ($1)) and ($2::text is null or a.reason = $2)
  and ($3::text is null or a.connection = $3) and ($4::text is null or a.job_id = $4)
order by a.decided_at desc nulls last, a.application_id limit $5;

-- name: release
-- Lets the same applications pass the gate that holds them, in the order ingest locks them in; a backfill counts as
-- approved, not against its job's budget.
with wanted as (
  select a.application_id from application a
  where a.application_id = any ($1::text[]) and a.verdict in ('HOLD', 'SKIP') and a.reason <> all ($2::text[])
  order by a.application_id for update
)
update application a set
  released = case when a.reason = any (a.released) then a.released else a.released || a.reason end,
  backfill_approved = a.backfill_approved or a.reason = 'backfill_approval',
  again_at = clock_timestamp(), updated_at = clock_timestamp()
from wanted w where a.application_id = w.application_id
returning a.application_id, a.reason;

-- name: standing
-- What these applications are decided to be.
select application_id, verdict, reason from application where application_id = any ($1::text[]) order by 1;
