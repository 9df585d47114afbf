-- Text messages by local day and template: what was sent, what it cost, what became of it.
-- A message that was asked for again is still one; `price` in PLN, as far as the gateway told it.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  JSON_VALUE(data, '$.template') AS template,
  COUNT(DISTINCT IF(type = 'sms.requested', JSON_VALUE(data, '$.message'), NULL)) AS requested,
  COUNTIF(type = 'sms.sent') AS sent,
  COUNTIF(type = 'sms.delivered') AS delivered,
  COUNTIF(type = 'sms.undelivered') AS undelivered,
  COUNTIF(type IN ('sms.failed', 'sms.unreachable')) AS not_sent,
  SUM(IF(type = 'sms.sent', CAST(JSON_VALUE(data, '$.segments') AS INT64), 0)) AS segments,
  SUM(IF(type = 'sms.sent', CAST(JSON_VALUE(data, '$.price') AS FLOAT64), 0)) AS price
FROM `{dataset}.events`
WHERE STARTS_WITH(type, 'sms.')
GROUP BY happened_on, template
