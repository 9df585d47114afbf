-- People who act for others, and who of them looked at a record.

-- Read by the representative's key, or by that of both; RepresentationSteps has every version, so
-- two changes of the same one cannot both happen.
CREATE TABLE Representations (
  RepresentativeId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  Kind STRING(16) NOT NULL,
  Source STRING(16) NOT NULL,
  RepresentativeGivenName STRING(100) NOT NULL,
  RepresentativeFamilyName STRING(100) NOT NULL,
  PatientGivenName STRING(100) NOT NULL,
  PatientFamilyName STRING(100) NOT NULL,
  BirthDate DATE NOT NULL,
  ValidFrom TIMESTAMP,
  ValidTo TIMESTAMP,
  Version INT64 NOT NULL,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT RepresentationKind CHECK (Kind IN ('parent', 'guardian', 'proxy')),
  CONSTRAINT RepresentationSource CHECK (Source IN ('P1', 'declared'))
) PRIMARY KEY (RepresentativeId, PatientId);

CREATE INDEX RepresentationsByPatient ON Representations (PatientId);

CREATE TABLE RepresentationSteps (
  RepresentativeId STRING(32) NOT NULL,
  PatientId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Step STRING(16) NOT NULL,
  TakenAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (RepresentativeId, PatientId, Version),
  INTERLEAVE IN PARENT Representations;

-- Who acts is told apart by person, where a person acts; subjects are the provider's.
ALTER TABLE Audit ADD COLUMN ActorPatientId STRING(32);

-- Where a visit's messages go when somebody else booked it.
ALTER TABLE Visits ADD COLUMN Phone STRING(16);
