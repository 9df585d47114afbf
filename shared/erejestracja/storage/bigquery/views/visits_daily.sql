-- Bookings, moves and cancellations by local day, powiat, vaccine, dose and channel.
SELECT
  DATE(occurred_at, 'Europe/Warsaw') AS happened_on,
  voivodeship,
  powiat,
  vaccine,
  dose,
  channel,
  COUNTIF(type = 'visit.booked') AS booked,
  COUNTIF(type = 'visit.moved') AS moved,
  COUNTIF(type = 'visit.cancelled') AS cancelled,
  COUNT(DISTINCT person_key) AS people
FROM `{dataset}.events`
WHERE STARTS_WITH(type, 'visit.')
GROUP BY happened_on, voivodeship, powiat, vaccine, dose, channel
