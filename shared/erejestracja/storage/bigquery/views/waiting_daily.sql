-- Waiting by local day, programme and dose, apart for who lost a visit: who asked, what was offered,
-- what became of it. `booked` have a visit now, by an offer or otherwise.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  programme,
  dose,
  lost,
  COUNT(DISTINCT IF(type = 'waiting.asked', person_key, NULL)) AS asked,
  COUNTIF(type = 'waiting.offered') AS offered,
  COUNTIF(type = 'waiting.declined') AS declined,
  COUNTIF(type = 'waiting.unanswered' OR reason = 'silent') AS unanswered,
  COUNTIF(reason = 'booked') AS booked,
  COUNTIF(reason = 'withdrawn') AS withdrawn,
  COUNTIF(reason IN ('noReferral', 'over')) AS lapsed
FROM (
  SELECT
    *,
    IFNULL(JSON_VALUE(data, '$.lost') = 'true', FALSE) AS lost,
    IF(type = 'waiting.ended', JSON_VALUE(data, '$.reason'), NULL) AS reason
  FROM `{dataset}.events`
  WHERE STARTS_WITH(type, 'waiting.')
)
GROUP BY happened_on, programme, dose, lost
