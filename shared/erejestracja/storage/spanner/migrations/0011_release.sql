-- How long before its start a slot that only the point may book is open to everyone.

-- Who may book is worked out by whoever asks; no job writes here when the time has come.
ALTER TABLE Sessions ADD COLUMN ReleaseHours INT64;
