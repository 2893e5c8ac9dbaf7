-- name: applications
-- What the events said of these employers' applications, but for those that are in the ATS already.
select a.facts, a.contact_key from application a
where a.employer_id = any ($1::text[]) and a.facts is not null
  and not exists (select from delivery d where d.application_id = a.application_id and d.kind = 'create'
                    and d.state = 'delivered');

-- name: jobs
-- What they said of these employers' jobs.
select facts from job_link where employer_id = any ($1::text[]);

-- name: erased
-- Whom of these employers' candidates somebody asked to forget.
select distinct a.candidate_id from application a join erasure e using (candidate_id)
where a.employer_id = any ($1::text[]);

-- name: connections
-- These employers' connections as they are in force.
select name, employer_id, vendor, base_url, trigger, policy, policy_version, trigger_since, state
from connection where employer_id = any ($1::text[]);
