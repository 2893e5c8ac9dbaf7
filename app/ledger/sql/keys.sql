-- name: beginning
-- Keys in a range, at most two: enough to know whether a beginning means one delivery.
select key from delivery where key between $1 and $2 order by key limit 2;
