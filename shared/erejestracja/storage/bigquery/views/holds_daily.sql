-- Holds by local day and powiat: how many places were kept, and how many of these for nothing.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  powiat,
  COUNTIF(type = 'hold.placed') AS placed,
  COUNTIF(type = 'hold.released') AS released,
  COUNTIF(type = 'hold.expired') AS expired
FROM `{dataset}.events`
WHERE STARTS_WITH(type, 'hold.')
GROUP BY happened_on, powiat
