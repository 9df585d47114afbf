-- A second person in a call: a couple, or a parent and a child. Calls of before have one person;
-- SecondConfirmed is null in those, and false while the second is still asked about.
ALTER TABLE Calls ADD COLUMN SecondPatientId STRING(32);

ALTER TABLE Calls ADD COLUMN SecondConfirmed BOOL;

ALTER TABLE Calls ADD COLUMN SecondHold STRING(400);
