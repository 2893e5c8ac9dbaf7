-- name: states
-- Deliveries that have not ended well, by state: few, and indexed.
select state, count(*)::int as n, extract(epoch from clock_timestamp() - min(created_at))::float8 as oldest_s
from delivery where state not in ('delivered', 'cancelled') group by state;

-- name: gates
-- Gates by mode.
select mode, count(*)::int as n from gate group by mode;

-- name: other
-- Open issues, outcomes that came after another worker had taken over (last hour), bytes of stored PDFs.
select (select count(*)::int from issue where closed_at is null) as issues,
       (select count(*)::int from attempt where not applied and ended_at > clock_timestamp() - interval '1 hour') as fenced_out,
       (select coalesce(sum(size), 0)::bigint from artifact) as artifacts_bytes;
