-- Doses by the week they were given in (its Monday), point, vaccine and dose, and how many of these
-- people have had the next one since, wherever. Who has not will want it when the interval is over:
-- the forecast of a point's next doses is this, some weeks on.
WITH doses AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY JSON_VALUE(data, '$.vaccination')
      ORDER BY CAST(JSON_VALUE(data, '$.version') AS INT64) DESC
    ) AS nth
  FROM `{dataset}.events`
  WHERE type = 'vaccination.recorded'
),
standing AS (
  SELECT day, person_key, programme, point, vaccine, dose
  FROM doses
  WHERE nth = 1 AND JSON_VALUE(data, '$.status') = 'given'
),
-- One row a person and dose, that a dose recorded twice does not double the week's.
had AS (
  SELECT DISTINCT person_key, programme, dose FROM standing
)
SELECT
  DATE_TRUNC(this.day, WEEK(MONDAY)) AS happened_on,
  this.point,
  this.programme,
  this.vaccine,
  this.dose,
  COUNT(*) AS given,
  COUNT(later.person_key) AS followed
FROM standing AS this
LEFT JOIN had AS later
  ON later.person_key = this.person_key
  AND later.programme = this.programme
  AND later.dose = this.dose + 1
GROUP BY happened_on, this.point, this.programme, this.vaccine, this.dose
