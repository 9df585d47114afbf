-- Deliveries that are to come, and vaccines of which no more is published than they cover.

ALTER TABLE SupplyChanges ADD COLUMN Controlled ARRAY<STRING(32)>;
-- Why so many places are published without a dose.
ALTER TABLE SupplyChanges ADD COLUMN Override STRING(24);
ALTER TABLE SupplyChanges ADD COLUMN Missing INT64;
ALTER TABLE SupplyChanges ADD COLUMN Deliveries ARRAY<STRING(16)>;

-- Points with a controlled vaccine. Who extends a schedule without asking for doses inserts and
-- deletes the point's row in the same commit, which clashes where there is one.
CREATE TABLE SupplyControls (
  PointId STRING(16) NOT NULL
) PRIMARY KEY (PointId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

CREATE TABLE Deliveries (
  PointId STRING(16) NOT NULL,
  DeliveryId STRING(16) NOT NULL,
  Vaccine STRING(32) NOT NULL,
  Doses INT64 NOT NULL,
  Arrived INT64 NOT NULL,
  ExpectedOn DATE NOT NULL,
  Status STRING(16) NOT NULL,
  ChangedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT DeliveryStatus CHECK (Status IN ('announced', 'confirmed', 'cancelled')),
  CONSTRAINT DeliveryHasDoses CHECK (Doses >= 0 AND Arrived >= 0)
) PRIMARY KEY (PointId, DeliveryId),
  INTERLEAVE IN PARENT Points ON DELETE CASCADE;

-- Where a series' sessions end if doses end before GeneratedTo, up to which upkeep has looked.
ALTER TABLE Series ADD COLUMN CoveredTo DATE;
