-- Webhooks of points' own software, and how each event fares on its way to them.

-- Who changes a webhook replaces its row by one of the next version, so that two changes of one
-- version cannot both be made. Secrets are sealed.
CREATE TABLE Webhooks (
  PointId STRING(16) NOT NULL,
  WebhookId STRING(16) NOT NULL,
  Version INT64 NOT NULL,
  Url STRING(300) NOT NULL,
  Status STRING(16) NOT NULL,
  Reason STRING(64),
  Secret STRING(400) NOT NULL,
  FormerSecret STRING(400),
  FormerUntil TIMESTAMP,
  Actor STRING(64) NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT WebhookStatus CHECK (Status IN ('active', 'paused'))
) PRIMARY KEY (PointId, WebhookId, Version),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- Not interleaved: deleting a webhook would be one commit of thousands of rows. OpenShard is set
-- while a delivery is to be tried, FailedOf when it was given up.
CREATE TABLE WebhookDeliveries (
  WebhookId STRING(16) NOT NULL,
  HappenedAt TIMESTAMP NOT NULL,
  EventId STRING(64) NOT NULL,
  PointId STRING(16) NOT NULL,
  Type STRING(32) NOT NULL,
  Data STRING(MAX) NOT NULL,
  Status STRING(16) NOT NULL,
  Attempts INT64 NOT NULL,
  DueAt TIMESTAMP,
  Failure STRING(64),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  OpenShard INT64 AS (
    IF(Status = 'pending', ABS(MOD(FARM_FINGERPRINT(EventId), 16)), NULL)
  ) STORED,
  FailedOf STRING(16) AS (IF(Status = 'failed', WebhookId, NULL)) STORED,
  CONSTRAINT WebhookDeliveryStatus CHECK (Status IN ('pending', 'delivered', 'failed'))
) PRIMARY KEY (WebhookId, HappenedAt, EventId),
  ROW DELETION POLICY (OLDER_THAN(UpdatedAt, INTERVAL 30 DAY));

CREATE NULL_FILTERED INDEX OpenDeliveries ON WebhookDeliveries (OpenShard, DueAt);

CREATE NULL_FILTERED INDEX FailedDeliveries ON WebhookDeliveries (FailedOf, HappenedAt);
