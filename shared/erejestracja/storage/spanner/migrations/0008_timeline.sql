-- The calls a person was in, for their timeline.

-- Steps of a call that is about nobody yet have no row here.
CREATE NULL_FILTERED INDEX CallStepsByPatient ON CallSteps (PatientId, Step);
