-- How many doses a point gives in a week at most.

-- Terms of supply are versions: who changes them takes the point's next number, and the newest row
-- is what holds.
CREATE TABLE SupplyChanges (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  WeeklyLimit INT64,
  Actor STRING(64) NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT SupplyLimit CHECK (WeeklyLimit >= 0)
) PRIMARY KEY (PointId, Number DESC),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;
