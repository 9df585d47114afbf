-- Rooms of a point: where a session is, for its staff; and closures of one room.

ALTER TABLE Sessions ADD COLUMN Room STRING(32);

-- Null where the whole point is shut.
ALTER TABLE Closures ADD COLUMN Room STRING(32);
