-- People on points' standby lists, for doses that would be wasted.

-- A person waits at one point for a programme's next dose. The row lies beside the person's
-- referrals, so a booking, which takes it off unseen, has no further place to ask.
CREATE TABLE Standby (
  PatientId STRING(32) NOT NULL,
  Programme STRING(32) NOT NULL,
  StandbyId STRING(32) NOT NULL,
  PointId STRING(16) NOT NULL,
  Vaccines ARRAY<STRING(32)> NOT NULL,
  Until DATE NOT NULL,
  Since TIMESTAMP NOT NULL,
  Standing STRING(16) NOT NULL,
  RestsUntil TIMESTAMP NOT NULL,
  CalledBy STRING(64),
  Misses INT64 NOT NULL,
  Number INT64 NOT NULL,
  EndsAt TIMESTAMP NOT NULL,
) PRIMARY KEY (PatientId, Programme),
  INTERLEAVE IN PARENT Patients ON DELETE CASCADE,
  ROW DELETION POLICY (OLDER_THAN(EndsAt, INTERVAL 1 DAY));

CREATE INDEX StandbyByPoint ON Standby (PointId, StandbyId)
  STORING (Vaccines, Until, Since, Standing, RestsUntil, CalledBy, Misses, Number);

-- Every step takes the person's next number: two desks cannot both be the next to call, and what
-- was decided on a row that has gone meets the number of whoever stands on a list again.
CREATE TABLE StandbySteps (
  PatientId STRING(32) NOT NULL,
  Programme STRING(32) NOT NULL,
  Number INT64 NOT NULL,
  PointId STRING(16) NOT NULL,
  Standing STRING(16) NOT NULL,
  Actor STRING(64) NOT NULL,
  TakenAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (PatientId, Programme, Number DESC),
  INTERLEAVE IN PARENT Patients ON DELETE CASCADE;
