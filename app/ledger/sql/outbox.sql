-- name: unpublished
-- The oldest results nobody is publishing, no more than $2 bytes of them but at least one; a dead letter's bytes come from
-- where an erasure reaches them.
with waiting as materialized (
  select o.id, row_number() over (order by o.id) as nth,
         sum(coalesce(octet_length(o.payload), octet_length(d.value), 0)) over (order by o.id) as so_far
    from (select w.id, w.payload, w.dead_letter_id from outbox w where w.published_at is null order by w.id limit $1) o
    left join dead_letter d on d.id = o.dead_letter_id
)
select o.id, o.topic, o.key, coalesce(o.payload, d.value) as value, d.topic as of_topic, d.partition as of_partition,
       d."offset" as of_offset, d.code, d.path, d.headers
  from outbox o left join dead_letter d on d.id = o.dead_letter_id
  where o.published_at is null and o.id in (select w.id from waiting w where w.so_far <= $2 or w.nth = 1)
  order by o.id
  for update of o skip locked;

-- name: published
-- They are in Kafka, acknowledged by all replicas.
update outbox set published_at = now() where id = any ($1::bigint[]);
