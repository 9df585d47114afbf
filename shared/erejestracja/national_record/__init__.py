"""The national record of vaccinations, as FHIR has it."""
