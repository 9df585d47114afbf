-- Standby lists by local day and point: who joined, how calls ended, how many doses found somebody.
-- A swap that was undone is counted on the day of that, as `swapped_back`.
-- How many have to be called for one who comes is `called` by `coming`.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  voivodeship,
  powiat,
  point,
  COUNT(DISTINCT IF(type = 'standby.joined', person_key, NULL)) AS joined,
  COUNTIF(type = 'standby.called') AS called,
  COUNTIF(outcome = 'coming') AS coming,
  COUNTIF(outcome = 'notReached') AS not_reached,
  COUNTIF(outcome = 'declined') AS declined,
  COUNTIF(type = 'standby.left') AS taken_off,
  COUNTIF(type = 'visit.replaced') AS swapped,
  COUNTIF(type = 'visit.unreplaced') AS swapped_back
FROM (
  SELECT *, JSON_VALUE(data, '$.outcome') AS outcome
  FROM `{dataset}.events`
  WHERE STARTS_WITH(type, 'standby.') OR type IN ('visit.replaced', 'visit.unreplaced')
)
GROUP BY happened_on, voivodeship, powiat, point
