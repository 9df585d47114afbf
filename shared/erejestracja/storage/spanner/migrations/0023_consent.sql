-- What who is not of age has shown on a visit.

-- The person's, as on the referral; null in visits of before.
ALTER TABLE Visits ADD COLUMN BirthDate DATE;
ALTER TABLE Visits ADD COLUMN ConsentForm STRING(24);
ALTER TABLE Visits ADD CONSTRAINT VisitConsentForm CHECK (
  ConsentForm IN ('presented', 'representativePresent'));
