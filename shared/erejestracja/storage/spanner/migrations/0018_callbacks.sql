-- Calls the hotline owes: each person is owed one at a time (OpenPatient is unique), and every move
-- is a row of CallbackSteps, whose next number is a key: two agents cannot both take the next.

-- What is open is in one index, ordered within its status by what that status waits for: its turn,
-- its later hour, or the end of its agent's lease.
CREATE TABLE Callbacks (
  CallbackId STRING(32) NOT NULL,
  Cause STRING(16) NOT NULL,
  AskedAt TIMESTAMP NOT NULL,
  Turn TIMESTAMP NOT NULL,
  PatientId STRING(32),
  Number STRING(16),
  VisitId STRING(32),
  Status STRING(16) NOT NULL,
  Attempts INT64 NOT NULL,
  DueAt TIMESTAMP,
  Agent STRING(128),
  CallId STRING(32),
  LeasedUntil TIMESTAMP,
  Result STRING(16),
  Version INT64 NOT NULL,
  OpenPatient STRING(32) AS (IF(Status = 'ended', NULL, PatientId)) STORED,
  OpenStatus STRING(16) AS (IF(Status = 'ended', NULL, Status)) STORED,
  OrderedAt TIMESTAMP AS (
    IF(Status = 'waiting', Turn, IF(Status = 'later', DueAt, LeasedUntil))
  ) STORED,
) PRIMARY KEY (CallbackId);

CREATE UNIQUE NULL_FILTERED INDEX OwedCalls ON Callbacks (OpenPatient);

CREATE NULL_FILTERED INDEX OpenCallbacks ON Callbacks (OpenStatus, OrderedAt);

CREATE NULL_FILTERED INDEX CallbacksByPatient ON Callbacks (PatientId);

CREATE TABLE CallbackSteps (
  CallbackId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Move STRING(16) NOT NULL,
  Agent STRING(128),
  Result STRING(16),
  MovedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (CallbackId, Version),
  INTERLEAVE IN PARENT Callbacks;

-- Only attempts have a result.
CREATE NULL_FILTERED INDEX CallbackAttempts ON CallbackSteps (Agent, MovedAt DESC, Result);

ALTER TABLE Calls ADD COLUMN CallbackId STRING(32);

-- Whom a closure has left without a place, until somebody has seen to it that they hear of it.
ALTER TABLE ClosureVisits ADD COLUMN LookedAt BOOL;

ALTER TABLE ClosureVisits ADD COLUMN Unheard STRING(32)
  AS (IF(LookedAt IS NULL AND Outcome = 'orphaned', VisitId, NULL)) STORED;

CREATE NULL_FILTERED INDEX UnheardHits ON ClosureVisits (Unheard);
