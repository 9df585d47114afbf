-- The hotline in figures: indexes that are read whole, within a bound, and that hold no person.
CREATE NULL_FILTERED INDEX CallbackFigures ON Callbacks (OpenStatus, Cause, AskedAt);

CREATE NULL_FILTERED INDEX TalkFigures ON Calls (OpenAgent, OpenedAt);

-- Ended calls come a few a second at most, so that an index in their order is no hot spot.
CREATE NULL_FILTERED INDEX EndedCalls ON Calls (EndedAt DESC, OpenedAt, Outcome);
