-- Calls that the hotline owes, by local day, hour and cause: asked for, taken, how they went.
-- `done` reached the person, `given_up` never will. Who is taken first has waited `wait_s` on average.
SELECT
  DATE(happened_at) AS happened_on,
  EXTRACT(HOUR FROM happened_at) AS hour,
  cause,
  COUNTIF(type = 'callback.asked') AS asked,
  COUNTIF(type = 'callback.taken') AS taken,
  COUNTIF(type = 'callback.tried') AS rang,
  COUNTIF(result = 'reached') AS done,
  COUNTIF(result IN ('notReached', 'refused', 'wrongNumber', 'noNumber')) AS given_up,
  AVG(first_wait_s) AS wait_s,
  MAX(first_wait_s) AS longest_wait_s
FROM (
  SELECT
    type,
    DATETIME(occurred_at, 'Europe/Warsaw') AS happened_at,
    JSON_VALUE(data, '$.cause') AS cause,
    JSON_VALUE(data, '$.result') AS result,
    IF(
      type = 'callback.taken' AND JSON_VALUE(data, '$.attempts') = '0',
      CAST(JSON_VALUE(data, '$.waitedS') AS INT64),
      NULL
    ) AS first_wait_s
  FROM `{dataset}.events`
  WHERE STARTS_WITH(type, 'callback.')
)
GROUP BY happened_on, hour, cause
