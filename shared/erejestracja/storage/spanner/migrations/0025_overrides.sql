-- A rule set aside for one person, asked for by one person and consented to by another.

-- A person has one open override at a time (OneOpenOverride), every step is a row of OverrideSteps,
-- whose next number is a key: it is decided once and used once. That two people are two is a check.
CREATE TABLE Overrides (
  OverrideId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  ReferralId STRING(32) NOT NULL,
  Programme STRING(32) NOT NULL,
  Rules INT64 NOT NULL,
  Rule STRING(24) NOT NULL,
  Ground STRING(16) NOT NULL,
  Kind STRING(16) NOT NULL,
  Dose INT64 NOT NULL,
  Age INT64 NOT NULL,
  OtherwiseFrom DATE,
  AskedBy STRING(64) NOT NULL,
  AskedAt TIMESTAMP NOT NULL,
  EndsAt TIMESTAMP NOT NULL,
  CallId STRING(32),
  Status STRING(16) NOT NULL,
  DecidedBy STRING(64),
  DecidedAt TIMESTAMP,
  VisitId STRING(32),
  Version INT64 NOT NULL,
  OpenPatient STRING(32) AS (
    IF(Status IN ('asked', 'consented'), PatientId, NULL)
  ) STORED,
  OpenStatus STRING(16) AS (
    IF(Status IN ('asked', 'consented'), Status, NULL)
  ) STORED,
  CONSTRAINT OverrideStatus CHECK (
    Status IN ('asked', 'consented', 'refused', 'withdrawn', 'lapsed', 'used')),
  CONSTRAINT OverrideOfTwoPeople CHECK (DecidedBy != AskedBy),
  CONSTRAINT OverrideConsented CHECK (
    Status NOT IN ('consented', 'refused', 'used') OR DecidedBy IS NOT NULL),
) PRIMARY KEY (OverrideId);

CREATE UNIQUE NULL_FILTERED INDEX OneOpenOverride ON Overrides (OpenPatient);

CREATE NULL_FILTERED INDEX OpenOverrides ON Overrides (OpenStatus, EndsAt);

CREATE INDEX OverridesByPatient ON Overrides (PatientId, AskedAt DESC);

CREATE TABLE OverrideSteps (
  OverrideId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Status STRING(16) NOT NULL,
  Actor STRING(64),
  SteppedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
) PRIMARY KEY (OverrideId, Version),
  INTERLEAVE IN PARENT Overrides;

-- The rule that was set aside for a visit, wherever it is moved to.
ALTER TABLE Visits ADD COLUMN Waived STRING(24);
