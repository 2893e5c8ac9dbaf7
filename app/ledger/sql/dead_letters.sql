-- name: list
-- Refused records, the newest first, without their bytes.
select id, topic, partition, "offset", code, reason, path, key, octet_length(value) as size_bytes, seen_at, replayed_at
  from dead_letter
  where ($1::text is null or code = $1) and ($2::text is null or topic = $2) and ($3::bool is null or (replayed_at is null) = $3)
  order by id desc limit $4;

-- name: show
-- One refused record, bytes included.
select id, topic, partition, "offset", code, reason, path, key, value, headers, timestamp_ms, seen_at, replayed_at
  from dead_letter where id = $1;

-- name: to_replay
-- Refused records whose bytes are still here, the oldest first.
select id, topic, partition, "offset", key, value, headers, timestamp_ms from dead_letter
  where id = any ($1::bigint[]) and value is not null order by id;

-- name: replayed
-- They went through intake again.
update dead_letter set replayed_at = now() where id = any ($1::bigint[]);
