-- Doses given, kept in versions; a ledger of vials by lot.

-- The id follows from person, programme and dose, so that a dose has one record. Who records,
-- corrects or takes back writes the next version; nothing is ever changed or deleted.
CREATE TABLE Vaccinations (
  VaccinationId STRING(32) NOT NULL,
  Version INT64 NOT NULL,
  Status STRING(16) NOT NULL,
  PatientId STRING(32) NOT NULL,
  VisitId STRING(32) NOT NULL,
  ReferralId STRING(32) NOT NULL,
  PointId STRING(16) NOT NULL,
  Programme STRING(32) NOT NULL,
  Vaccine STRING(32) NOT NULL,
  Dose INT64 NOT NULL,
  Doses INT64,
  Lot STRING(20) NOT NULL,
  ExpiresOn DATE NOT NULL,
  Site STRING(16) NOT NULL,
  Performer STRING(8) NOT NULL,
  PerformedAt TIMESTAMP NOT NULL,
  Author STRING(64) NOT NULL,
  RecordedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  Note STRING(300),
  CONSTRAINT VaccinationStatus CHECK (Status IN ('given', 'enteredInError'))
) PRIMARY KEY (VaccinationId, Version DESC);

-- A lot at a point as its last entry left it.
CREATE TABLE Lots (
  PointId STRING(16) NOT NULL,
  Lot STRING(20) NOT NULL,
  Vaccine STRING(32) NOT NULL,
  ExpiresOn DATE NOT NULL,
  DosesPerVial INT64 NOT NULL,
  Balance INT64 NOT NULL,
  Number INT64 NOT NULL,
  CONSTRAINT LotHasWhatItGives CHECK (Balance >= 0)
) PRIMARY KEY (PointId, Lot),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- Each entry takes the lot's next number: two made from one balance cannot both be written.
CREATE TABLE LotEntries (
  PointId STRING(16) NOT NULL,
  Lot STRING(20) NOT NULL,
  Number INT64 NOT NULL,
  Movement STRING(16) NOT NULL,
  Doses INT64 NOT NULL,
  Balance INT64 NOT NULL,
  Reason STRING(32),
  Actor STRING(64) NOT NULL,
  Reference STRING(64) NOT NULL,
  EnteredAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT EntryMovesSomething CHECK (Doses > 0)
) PRIMARY KEY (PointId, Lot, Number DESC),
  INTERLEAVE IN PARENT Lots ON DELETE CASCADE;

-- A delivery told twice is one.
CREATE UNIQUE INDEX LotEntriesOnce ON LotEntries (PointId, Lot, Reference, Movement);
