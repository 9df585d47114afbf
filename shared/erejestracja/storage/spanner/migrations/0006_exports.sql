-- How each version of a dose's record fares on its way to the national record.

-- A row comes with the version it is of, so that none is forgotten; when a version has ended, the
-- rows of those before it go. OpenShard is set while it still has to go out, FailedAt while a
-- person of that point has to see to it. Of an outage's thousands the longest waiting come first.
CREATE TABLE Exports (
  VaccinationId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  PointId STRING(16) NOT NULL,
  Status STRING(16) NOT NULL,
  Attempts INT64 NOT NULL,
  Rounds INT64 NOT NULL,
  Reference STRING(64),
  Failure STRING(64),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  OpenShard INT64 AS (
    IF(Status = 'pending', ABS(MOD(FARM_FINGERPRINT(VaccinationId), 16)), NULL)
  ) STORED,
  FailedAt STRING(16) AS (IF(Status IN ('rejected', 'givenUp'), PointId, NULL)) STORED,
  CONSTRAINT ExportStatus CHECK (Status IN ('pending', 'accepted', 'rejected', 'givenUp'))
) PRIMARY KEY (VaccinationId, Version DESC);

CREATE NULL_FILTERED INDEX OpenExports ON Exports (OpenShard, UpdatedAt);

CREATE NULL_FILTERED INDEX FailedExports ON Exports (FailedAt);
