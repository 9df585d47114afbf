-- Who waits for a place, what they wish, and the place that is kept for them while they decide.

-- Whoever changes an entry replaces its row by one of the next version; who decided by a version
-- updates it, which says no when that is gone. A person has one entry for a dose (OneWaiting).
CREATE TABLE Waiting (
  PatientId STRING(32) NOT NULL,
  EntryId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Programme STRING(32) NOT NULL,
  Dose INT64 NOT NULL,
  Wish JSON NOT NULL,
  Powiaty ARRAY<STRING(4)> NOT NULL,
  Since TIMESTAMP NOT NULL,
  Lost BOOL NOT NULL,
  VisitId STRING(32),
  VisitVersion INT64,
  Declined ARRAY<STRING(64)> NOT NULL,
  Unanswered INT64 NOT NULL,
  HoldId STRING(32),
  Slot STRING(64),
  Place INT64,
  OfferedUntil TIMESTAMP,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (PatientId, EntryId, Version);

CREATE UNIQUE INDEX OneWaiting ON Waiting (PatientId, EntryId);

-- An entry stands in the line of each powiat its wish reaches into.
CREATE TABLE WaitingAreas (
  PatientId STRING(32) NOT NULL,
  EntryId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Powiat STRING(4) NOT NULL,
  Programme STRING(32) NOT NULL,
  Turn INT64 NOT NULL,
  Since TIMESTAMP NOT NULL,
  Vaccine STRING(32),
  Dose INT64 NOT NULL,
  OfferedUntil TIMESTAMP,
) PRIMARY KEY (PatientId, EntryId, Version, Powiat),
  INTERLEAVE IN PARENT Waiting ON DELETE CASCADE;

-- A line in its order: whom a free place goes to is read off its head.
CREATE INDEX WaitingLines ON WaitingAreas (Powiat, Programme, Turn, Since)
  STORING (Vaccine, Dose, OfferedUntil);
