-- Plans anew when deliveries change: what was planned for, whom it hit, what has fallen.

-- Number is that of the change of supply that it was committed with.
CREATE TABLE Replans (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  Before JSON NOT NULL,
  After JSON NOT NULL,
  Strategy STRING(16) NOT NULL,
  Reason STRING(24),
  Actor STRING(64) NOT NULL,
  Undone BOOL NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PointId, Number DESC),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- What became of a visit that no dose was there for, written in the commit that made it so.
CREATE TABLE FallenVisits (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  VisitId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  Outcome STRING(16) NOT NULL,
  LookedAt BOOL,
  Unheard STRING(32) AS (IF(LookedAt IS NULL AND Outcome = 'orphaned', VisitId, NULL)) STORED
) PRIMARY KEY (PointId, Number, VisitId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

CREATE NULL_FILTERED INDEX UnheardFalls ON FallenVisits (Unheard);

-- Points at which something has fallen, and when upkeep is to look whether it can come back.
CREATE TABLE FallenPlaces (
  PointId STRING(16) NOT NULL,
  DueOn DATE NOT NULL
) PRIMARY KEY (PointId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

CREATE INDEX FallenPlacesDue ON FallenPlaces (DueOn);
