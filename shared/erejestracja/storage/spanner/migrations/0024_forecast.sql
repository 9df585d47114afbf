-- The doses of a point, the newest first: what its next doses are told from.

-- Keys begin with the point, and a point gives a dose every few seconds at most: no hot spot.
CREATE INDEX VaccinationsByPoint ON Vaccinations (PointId, PerformedAt DESC)
  STORING (Status, PatientId, Programme, Vaccine, Dose, Doses);
