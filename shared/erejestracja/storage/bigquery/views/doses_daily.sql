-- Doses by the local day they were given on, point, vaccine and dose, as the newest version of each
-- record says: what was entered in error is not counted, what was corrected is where it belongs.
SELECT
  day AS happened_on,
  voivodeship,
  powiat,
  point,
  vaccine,
  dose,
  COUNT(*) AS given,
  COUNT(DISTINCT person_key) AS people
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY JSON_VALUE(data, '$.vaccination')
      ORDER BY CAST(JSON_VALUE(data, '$.version') AS INT64) DESC
    ) AS nth
  FROM `{dataset}.events`
  WHERE type = 'vaccination.recorded'
)
WHERE nth = 1 AND JSON_VALUE(data, '$.status') = 'given'
GROUP BY happened_on, voivodeship, powiat, point, vaccine, dose
