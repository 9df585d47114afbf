-- Text messages by local day and template: what was sent, what it took, what became of it.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  JSON_VALUE(data, '$.template') AS template,
  COUNTIF(type = 'sms.requested') AS requested,
  COUNTIF(type = 'sms.sent') AS sent,
  COUNTIF(type = 'sms.delivered') AS delivered,
  COUNTIF(type = 'sms.undelivered') AS undelivered,
  COUNTIF(type IN ('sms.failed', 'sms.unreachable')) AS not_sent,
  SUM(IF(type = 'sms.sent', CAST(JSON_VALUE(data, '$.segments') AS INT64), 0)) AS segments
FROM `{dataset}.events`
WHERE STARTS_WITH(type, 'sms.')
GROUP BY happened_on, template
