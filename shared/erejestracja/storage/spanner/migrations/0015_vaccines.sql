-- Several vaccines for the same places, and which of them a hold is for.

-- Sessions.Vaccine is what the point would rather give; each visit gets one of them.
ALTER TABLE Sessions ADD COLUMN AlsoVaccines ARRAY<STRING(32)>;

-- Null where the session has one vaccine.
ALTER TABLE Holds ADD COLUMN Vaccine STRING(32);
