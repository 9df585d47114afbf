-- Times a point is shut, and the visits that hit.

CREATE TABLE Closures (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  FromAt TIMESTAMP NOT NULL,
  ToAt TIMESTAMP NOT NULL,
  Strategy STRING(16) NOT NULL,
  Reason STRING(24) NOT NULL,
  Actor STRING(64) NOT NULL,
  Undone BOOL NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ClosureEnds CHECK (FromAt < ToAt)
) PRIMARY KEY (PointId, Number),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- Every closing and every undoing takes the point's next number. An edit of a series inserts and
-- deletes the next in its commit, which clashes where closures have changed since it was decided.
CREATE TABLE ClosureChanges (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL
) PRIMARY KEY (PointId, Number DESC),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- What became of a visit, written in the commit that made it so.
CREATE TABLE ClosureVisits (
  PointId STRING(16) NOT NULL,
  Number INT64 NOT NULL,
  VisitId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  Outcome STRING(16) NOT NULL
) PRIMARY KEY (PointId, Number, VisitId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;
