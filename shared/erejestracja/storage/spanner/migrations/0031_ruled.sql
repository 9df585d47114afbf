-- What the rule of a session gives, where something else is given on its day; null where not.

ALTER TABLE Sessions ADD COLUMN RuledVaccines ARRAY<STRING(32)>;
