-- Which part of the report a step's commit stands for, of all that were written for the step.

-- Null in steps of before, whose parts are named by the step alone.
ALTER TABLE Imports ADD COLUMN Part STRING(32);
