-- Which state of a point has been overwritten: two who judged by the same one clash.

-- `Since` is when the state that was overwritten was written. Nobody judges for as long as a day.
CREATE TABLE PointChanges (
  PointId STRING(16) NOT NULL,
  Since TIMESTAMP NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PointId, Since),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE,
  ROW DELETION POLICY (OLDER_THAN(ChangedAt, INTERVAL 1 DAY));
