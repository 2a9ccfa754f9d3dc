-- What a verdict followed: the content of the policy in force at each scan, and of the exception that a verdict is by;
-- and the scans between which a verdict was in force. Verdicts of before this migration have no scans, only times.

CREATE TABLE rulings (
    digest TEXT PRIMARY KEY,       -- hash of the content
    kind TEXT NOT NULL,            -- policy, or exception
    name TEXT NOT NULL,            -- name of the policy, or owner of the exception
    content TEXT NOT NULL,         -- JSON object
    first_used TEXT NOT NULL
) WITHOUT ROWID;

ALTER TABLE scans ADD COLUMN policy TEXT;            -- digest of the policy when its devices were last assessed
ALTER TABLE assessments ADD COLUMN policy TEXT;      -- digest of the policy by which the verdict was reached first
ALTER TABLE assessments ADD COLUMN exception TEXT;   -- digest of the exception that made it compliant
ALTER TABLE assessments ADD COLUMN scan_id INTEGER;  -- the scan that reached it
ALTER TABLE assessments ADD COLUMN until_scan INTEGER;  -- the scan after which it was no longer in force
