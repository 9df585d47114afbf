-- Edits of series, worked off in small commits; who withdrew a session.

-- The edit of a series that withdrew a session: it keeps its row, its free places are taken.
ALTER TABLE Sessions ADD COLUMN WithdrawnBy INT64;

-- Every edit takes the point's next number, so that edits of a point have one order. OpenShard is
-- set until all sessions follow; upkeep completes those left behind.
CREATE TABLE SeriesEdits (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  SeriesId STRING(16) NOT NULL,
  Actor STRING(64) NOT NULL,
  Before JSON,
  After JSON,
  Until DATE NOT NULL,
  OpenShard INT64,
  EditedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT EditChangesSomething CHECK (Before IS NOT NULL OR After IS NOT NULL)
) PRIMARY KEY (PointId, Number DESC),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

CREATE NULL_FILTERED INDEX OpenSeriesEdits ON SeriesEdits (OpenShard);

-- A number is here when a later edit replaced it. Who works for a number inserts and deletes its
-- row in the same commit, which clashes as soon as the number no longer holds.
CREATE TABLE SeriesEnded (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL
) PRIMARY KEY (PointId, Number),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;
