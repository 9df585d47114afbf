-- Vials by the local day of the entry, point and vaccine, in doses: what came, was given, was wasted.
-- A dose that was given back, since its record was an error, is one less given.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  point,
  vaccine,
  SUM(IF(JSON_VALUE(data, '$.movement') IN ('delivery', 'transferIn'), doses, 0)) AS came,
  SUM(
    CASE JSON_VALUE(data, '$.movement') WHEN 'use' THEN doses WHEN 'givenBack' THEN -doses ELSE 0 END
  ) AS used,
  SUM(IF(JSON_VALUE(data, '$.movement') = 'waste', doses, 0)) AS wasted,
  SUM(IF(JSON_VALUE(data, '$.movement') IN ('return', 'transferOut'), doses, 0)) AS went
FROM (
  SELECT *, CAST(JSON_VALUE(data, '$.doses') AS INT64) AS doses
  FROM `{dataset}.events`
  WHERE type = 'lot.entered'
)
GROUP BY happened_on, point, vaccine
