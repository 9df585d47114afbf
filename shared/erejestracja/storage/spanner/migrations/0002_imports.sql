-- How far each import was after each step, newest first. Who takes a step inserts its row together
-- with the rows it takes in, so that the key says no to who takes the same step.

CREATE TABLE Imports (
  ImportId STRING(32) NOT NULL,
  Step INT64 NOT NULL,
  File STRING(1024) NOT NULL,
  Generation INT64 NOT NULL,
  Status STRING(10) NOT NULL,
  Failure STRING(64),
  Encoding STRING(16),
  Separator STRING(1),
  Columns ARRAY<STRING(64)>,
  LineCount INT64 NOT NULL,
  ByteOffset INT64 NOT NULL,
  Line INT64 NOT NULL,
  Accepted INT64 NOT NULL,
  Repeated INT64 NOT NULL,
  Refused INT64 NOT NULL,
  UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true),
  CONSTRAINT ImportStatus CHECK (Status IN ('running', 'finished', 'refused'))
) PRIMARY KEY (ImportId, Step DESC);
