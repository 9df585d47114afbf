-- Rules set aside for somebody, by local day, programme, rule and reason: asked for, what became of it,
-- and how long a decision took on average.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  programme,
  JSON_VALUE(data, '$.rule') AS rule,
  JSON_VALUE(data, '$.ground') AS ground,
  COUNTIF(type = 'override.asked') AS asked,
  COUNTIF(type = 'override.consented') AS consented,
  COUNTIF(type = 'override.refused') AS refused,
  COUNTIF(type = 'override.withdrawn') AS withdrawn,
  COUNTIF(type = 'override.lapsed') AS lapsed,
  COUNTIF(type = 'override.used') AS used,
  AVG(
    IF(
      type IN ('override.consented', 'override.refused'),
      CAST(JSON_VALUE(data, '$.afterS') AS INT64),
      NULL
    )
  ) AS decided_after_s
FROM `{dataset}.events`
WHERE STARTS_WITH(type, 'override.')
GROUP BY happened_on, programme, rule, ground
