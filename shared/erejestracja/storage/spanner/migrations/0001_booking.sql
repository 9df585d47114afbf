-- Points, their series and sessions, places, holds, visits, people, referrals, messages, audit, outbox.
-- Keys begin with something evenly spread (ids are hashes), so that no write has a hot spot.

CREATE TABLE Points (
  PointId STRING(16) NOT NULL,
  Name STRING(200) NOT NULL,
  Address STRING(200) NOT NULL,
  PostalCode STRING(6) NOT NULL,
  Town STRING(100) NOT NULL,
  Gmina STRING(7) NOT NULL,
  Powiat STRING(4) NOT NULL,
  Voivodeship STRING(2) NOT NULL,
  Lat FLOAT64 NOT NULL,
  Lon FLOAT64 NOT NULL,
  Kind STRING(32) NOT NULL,
  Access ARRAY<STRING(32)> NOT NULL,
  Phone STRING(20) NOT NULL,
  Vaccines ARRAY<STRING(32)> NOT NULL,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PointId);

CREATE INDEX PointsByPowiat ON Points (Powiat);

-- A weekly opening: local times, valid for a range of local days.
CREATE TABLE Series (
  PointId STRING(16) NOT NULL,
  SeriesId STRING(16) NOT NULL,
  Rule JSON NOT NULL,
  ValidFrom DATE NOT NULL,
  ValidTo DATE,
  GeneratedTo DATE,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PointId, SeriesId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- Whose sessions reach least far ahead; written once a day per series.
CREATE INDEX SeriesByHorizon ON Series (GeneratedTo);

-- A run of equal slots of one local day. Its shape never changes once published.
CREATE TABLE Sessions (
  PointId STRING(16) NOT NULL,
  Day DATE NOT NULL,
  Nr INT64 NOT NULL,
  SeriesId STRING(16),
  Powiat STRING(4) NOT NULL,
  StartsAt TIMESTAMP NOT NULL,
  Step INT64 NOT NULL,
  Slots INT64 NOT NULL,
  Places INT64 NOT NULL,
  Vaccine STRING(32) NOT NULL,
  Dose INT64 NOT NULL,
  Visibility STRING(10) NOT NULL,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT SessionHasRoom CHECK (Step > 0 AND Slots > 0 AND Places > 0)
) PRIMARY KEY (PointId, Day, Nr),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- A row is a taken place: by a hold, by a visit, or withdrawn by the point. No row, no taker:
-- the primary key is what says "taken" to the second of two callers.
CREATE TABLE Places (
  PointId STRING(16) NOT NULL,
  Day DATE NOT NULL,
  Nr INT64 NOT NULL,
  Slot INT64 NOT NULL,
  Place INT64 NOT NULL,
  Kind STRING(10) NOT NULL,
  ClaimId STRING(32) NOT NULL,
  ExpiresAt TIMESTAMP,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT PlaceKind CHECK (Kind IN ('hold', 'visit', 'withdrawn')),
  CONSTRAINT OnlyHoldsExpire CHECK ((Kind = 'hold') = (ExpiresAt IS NOT NULL))
) PRIMARY KEY (PointId, Day, Nr, Slot, Place),
  INTERLEAVE IN PARENT Sessions ON DELETE NO ACTION;

-- A token: whoever ends a hold (confirms, releases, takes over) updates and deletes this row in the
-- same commit. The update of a missing row fails, so a hold ends exactly once; an extension ends
-- one token and makes the next, so that who saw the hold expire cannot end the extended one.
CREATE TABLE Holds (
  HoldId STRING(32) NOT NULL,
  Extension INT64 NOT NULL,
  PointId STRING(16) NOT NULL,
  Day DATE NOT NULL,
  Nr INT64 NOT NULL,
  Slot INT64 NOT NULL,
  Place INT64 NOT NULL,
  PatientId STRING(32) NOT NULL,
  CreatedAt TIMESTAMP NOT NULL,
  ExpiresAt TIMESTAMP NOT NULL
) PRIMARY KEY (HoldId, Extension);

CREATE TABLE Patients (
  PatientId STRING(32) NOT NULL,
  Pesel STRING(11),
  GivenName STRING(100) NOT NULL,
  FamilyName STRING(100) NOT NULL,
  BirthDate DATE NOT NULL,
  Sex STRING(1) NOT NULL,
  Phone STRING(16),
  Email STRING(200),
  Language STRING(2) NOT NULL,
  PostalCode STRING(6),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PatientId);

-- Which person an identifier means. The key is a keyed digest: no identifier stands in a key.
CREATE TABLE Identifiers (
  Digest STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL
) PRIMARY KEY (Digest);

-- Who changes a referral replaces its row by one of the next version; who books by it updates the
-- version it was decided by, which says no when that is gone.
CREATE TABLE Referrals (
  PatientId STRING(32) NOT NULL,
  ReferralId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Programme STRING(32) NOT NULL,
  Kind STRING(16) NOT NULL,
  Status STRING(16) NOT NULL,
  IssuedOn DATE NOT NULL,
  ExpiresOn DATE NOT NULL,
  BookableFrom TIMESTAMP NOT NULL,
  WindowFrom DATE,
  WindowTo DATE,
  BirthDate DATE NOT NULL,
  Given JSON NOT NULL,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ReferralStatus CHECK (Status IN ('issued', 'inUse', 'used', 'cancelled'))
) PRIMARY KEY (PatientId, ReferralId, Version),
  INTERLEAVE IN PARENT Patients ON DELETE CASCADE;

-- ActiveKey is set while a visit stands; its unique index says no to a second one.
CREATE TABLE Visits (
  VisitId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  ReferralId STRING(32) NOT NULL,
  Programme STRING(32) NOT NULL,
  PointId STRING(16) NOT NULL,
  Day DATE NOT NULL,
  Nr INT64 NOT NULL,
  Slot INT64 NOT NULL,
  Place INT64 NOT NULL,
  StartsAt TIMESTAMP NOT NULL,
  Minutes INT64 NOT NULL,
  Vaccine STRING(32) NOT NULL,
  Dose INT64 NOT NULL,
  Status STRING(10) NOT NULL,
  Version INT64 NOT NULL,
  RequestDigest STRING(32) NOT NULL,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  ActiveKey STRING(80) AS (
    IF(Status IN ('booked', 'arrived', 'orphaned'),
       CONCAT(PatientId, '/', Programme, '/', CAST(Dose AS STRING)), NULL)
  ) STORED,
  CONSTRAINT VisitStatus CHECK (
    Status IN ('booked', 'arrived', 'completed', 'cancelled', 'noShow', 'orphaned'))
) PRIMARY KEY (VisitId);

CREATE UNIQUE NULL_FILTERED INDEX OneActiveVisit ON Visits (ActiveKey);

CREATE INDEX VisitsByPatient ON Visits (PatientId);

-- Every change of a visit inserts its next version here: two changes of one version cannot both
-- commit, and what is left is the visit's history.
CREATE TABLE VisitChanges (
  VisitId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Change STRING(24) NOT NULL,
  Actor STRING(64) NOT NULL,
  Channel STRING(8) NOT NULL,
  Detail JSON,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (VisitId, Version),
  INTERLEAVE IN PARENT Visits ON DELETE NO ACTION;

-- OpenShard is set while a message still has to go out; upkeep asks again for those left behind.
CREATE TABLE Messages (
  MessageId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  VisitId STRING(32),
  Template STRING(32) NOT NULL,
  Facts JSON NOT NULL,
  Status STRING(16) NOT NULL,
  Attempts INT64 NOT NULL,
  Segments INT64,
  GatewayId STRING(64),
  Failure STRING(64),
  Receipt STRING(16),
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  OpenShard INT64 AS (
    IF(Status = 'requested', ABS(MOD(FARM_FINGERPRINT(MessageId), 16)), NULL)
  ) STORED,
  CONSTRAINT MessageStatus CHECK (
    Status IN ('requested', 'sent', 'failed', 'unreachable')),
  CONSTRAINT MessageReceipt CHECK (Receipt IN ('delivered', 'undelivered'))
) PRIMARY KEY (MessageId);

CREATE NULL_FILTERED INDEX OpenMessages ON Messages (OpenShard);

CREATE INDEX MessagesByPatient ON Messages (PatientId);

-- Who saw or did what with whose record.
CREATE TABLE Audit (
  PatientId STRING(32) NOT NULL,
  AuditId STRING(32) NOT NULL,
  Actor STRING(64) NOT NULL,
  Role STRING(16) NOT NULL,
  Action STRING(32) NOT NULL,
  RequestId STRING(64) NOT NULL,
  SeenAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (PatientId, AuditId);

-- What has happened and is not yet in the archive (BigQuery). Published right after the commit,
-- again by outbox_relay when that did not get through, struck off by reporting once archived.
CREATE TABLE Outbox (
  Shard INT64 NOT NULL,
  EventId STRING(64) NOT NULL,
  Topic STRING(32) NOT NULL,
  Type STRING(32) NOT NULL,
  Data STRING(MAX) NOT NULL,
  CreatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  Attempts INT64 NOT NULL,
  NextAttemptAt TIMESTAMP
) PRIMARY KEY (Shard, EventId);

-- The programme's rules as published, version by version; Firestore serves the newest live.
CREATE TABLE Programmes (
  Programme STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Document JSON NOT NULL,
  PublishedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (Programme, Version);
