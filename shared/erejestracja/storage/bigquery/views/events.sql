-- Every event once: a redelivery long after the first may have written a second row.
SELECT * EXCEPT (nth)
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY received_at) AS nth
  FROM `{dataset}.events_raw`
)
WHERE nth = 1
