-- The birth dates of the people that slots are for; null is no bound.

ALTER TABLE Sessions ADD COLUMN BornFrom DATE;

ALTER TABLE Sessions ADD COLUMN BornTo DATE;
