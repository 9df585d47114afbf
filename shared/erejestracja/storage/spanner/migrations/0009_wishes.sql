-- What suits a caller, kept with the call: a postal code is among it, and an address is no place for
-- one. A call from before has none.
ALTER TABLE Calls ADD COLUMN Wishes JSON;
