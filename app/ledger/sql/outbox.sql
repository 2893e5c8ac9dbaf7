-- name: unpublished
-- The oldest results nobody is publishing, no more than $2 bytes of them but at least one; a dead letter's bytes come from
-- where an erasure reaches them.
with held as materialized (
  select w.id, octet_length(w.payload) as size, w.dead_letter_id from outbox w
    where w.published_at is null order by w.id limit $1 for update skip locked
), waiting as (
  select h.id, row_number() over (order by h.id) as nth,
         sum(coalesce(h.size, octet_length(d.value), 0)) over (order by h.id) as so_far
    from held h left join dead_letter d on d.id = h.dead_letter_id
)
select o.id, o.topic, o.key, coalesce(o.payload, d.value) as value, d.topic as of_topic, d.partition as of_partition,
       d."offset" as of_offset, d.code, d.path, d.headers
  from waiting w join outbox o on o.id = w.id left join dead_letter d on d.id = o.dead_letter_id
  where w.so_far <= $2 or w.nth = 1
  order by o.id;

-- name: published
-- They are in Kafka, acknowledged by all replicas.
update outbox set published_at = now() where id = any ($1::bigint[]);
