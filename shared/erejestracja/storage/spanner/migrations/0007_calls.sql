-- Calls to the hotline: nobody is looked up outside of one.

-- An agent has one open call (OpenAgent is unique), and a list of those to be gone on with. Every
-- step is a row of CallSteps; the next number is a key, so two steps cannot both be the next.
CREATE TABLE Calls (
  CallId STRING(32) NOT NULL,
  Agent STRING(128) NOT NULL,
  OpenedAt TIMESTAMP NOT NULL,
  PatientId STRING(32),
  Confirmed BOOL NOT NULL,
  Hold STRING(400),
  EndedAt TIMESTAMP,
  Outcome STRING(16),
  Version INT64 NOT NULL,
  OpenAgent STRING(128) AS (IF(EndedAt IS NULL, Agent, NULL)) STORED,
  UnfinishedAgent STRING(128) AS (IF(Outcome = 'unfinished', Agent, NULL)) STORED,
) PRIMARY KEY (CallId);

CREATE UNIQUE NULL_FILTERED INDEX OpenCalls ON Calls (OpenAgent);

CREATE NULL_FILTERED INDEX UnfinishedCalls ON Calls (UnfinishedAgent, OpenedAt);

CREATE TABLE CallSteps (
  CallId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Step STRING(16) NOT NULL,
  PatientId STRING(32),
  TakenAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (CallId, Version),
  INTERLEAVE IN PARENT Calls;
