-- Values that are entered for a device: owner, room, asset tag, note. A scan never changes them; they move with the
-- device when it is merged. The rows of a field are its history: the current one has no `replaced`, and an empty value
-- means that the field was cleared.

CREATE TABLE device_fields (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES subjects(id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    time TEXT NOT NULL,
    author TEXT NOT NULL,          -- where it was entered, and by which name
    replaced TEXT                  -- when another value replaced it
);
CREATE INDEX device_fields_device ON device_fields(device_id, key);
CREATE UNIQUE INDEX device_fields_current ON device_fields(device_id, key) WHERE replaced IS NULL;
