-- The number of devices that a scan observed, by site: a scan that observed none has a row with 0 for its own site.
-- A scan of before this migration has no row.

CREATE TABLE scan_devices (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (scan_id, site)
) WITHOUT ROWID;
