-- name: unpublished
-- The oldest results nobody is publishing; a dead letter's bytes come from where an erasure reaches them.
select o.id, o.topic, o.key, coalesce(o.payload, d.value) as value, d.topic as of_topic, d.partition as of_partition,
       d."offset" as of_offset, d.code, d.path, d.headers
  from outbox o left join dead_letter d on d.id = o.dead_letter_id
  where o.published_at is null
  order by o.id limit $1
  for update of o skip locked;

-- name: published
-- They are in Kafka, acknowledged by all replicas.
update outbox set published_at = now() where id = any ($1::bigint[]);
