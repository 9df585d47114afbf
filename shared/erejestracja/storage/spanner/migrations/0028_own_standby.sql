-- People who put themselves on a standby list.

-- Null in entries of before, which are all a desk's.
ALTER TABLE Standby ADD COLUMN Origin STRING(8);
-- Where to call, if that is not the person's own number.
ALTER TABLE Standby ADD COLUMN Phone STRING(20);
ALTER TABLE Standby ADD CONSTRAINT StandbyOrigin CHECK (Origin IN ('desk', 'self'));
ALTER INDEX StandbyByPoint ADD STORED COLUMN Origin;
ALTER INDEX StandbyByPoint ADD STORED COLUMN Phone;
