-- What a verdict followed: the content of the policy in force at each settling, and of the exception that a verdict is
-- by; and the settlings between which states and verdicts were in force. A scan that is resumed is settled twice, and
-- one that another scan overlaps ends after scans with a higher number: neither scans nor times are in this order.

CREATE TABLE rulings (
    digest TEXT PRIMARY KEY,       -- hash of the content
    kind TEXT NOT NULL,            -- policy, or exception
    name TEXT NOT NULL,            -- name of the policy, or owner of the exception
    content TEXT NOT NULL,         -- JSON object
    first_used TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE settlings (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL,
    policy TEXT,                   -- digest of the policy by which devices were assessed
    finished TEXT                  -- NULL: it runs, or was killed, and the next one continues it
);
CREATE INDEX settlings_finished ON settlings(finished);
INSERT INTO settlings (scan_id, finished)
    SELECT id, finished FROM scans WHERE finished IS NOT NULL ORDER BY finished, id;

CREATE TABLE states_by_settling (
    device_id INTEGER NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
    settling INTEGER NOT NULL,     -- the settling that wrote it
    scan_id INTEGER NOT NULL,      -- first scan of this state; it ends with the next row
    state TEXT NOT NULL,
    site TEXT NOT NULL,
    ip TEXT,
    mac TEXT,
    manufacturer TEXT,
    model TEXT,
    firmware TEXT,
    status TEXT NOT NULL,
    compliance TEXT NOT NULL,
    switch TEXT,
    switch_port TEXT,
    PRIMARY KEY (device_id, settling)
) WITHOUT ROWID;
INSERT INTO states_by_settling
    SELECT s.device_id, coalesce(g.id, (SELECT count(*) + 1 FROM settlings)), s.scan_id, s.state, s.site, s.ip, s.mac,
        s.manufacturer, s.model, s.firmware, s.status, s.compliance, s.switch, s.switch_port
    FROM states s LEFT JOIN settlings g ON g.scan_id = s.scan_id WHERE true ORDER BY s.device_id, s.scan_id
    ON CONFLICT DO NOTHING;
DROP TABLE states;
ALTER TABLE states_by_settling RENAME TO states;
CREATE INDEX states_scan ON states(scan_id);

ALTER TABLE assessments ADD COLUMN policy TEXT;      -- digest of the policy by which the verdict was reached first
ALTER TABLE assessments ADD COLUMN exception TEXT;   -- digest of the exception that made it compliant
ALTER TABLE assessments ADD COLUMN settling INTEGER;  -- the settling that reached it
ALTER TABLE assessments ADD COLUMN until_settling INTEGER;  -- the settling after which it was no longer in force
UPDATE assessments SET
    settling = coalesce(
        (SELECT id FROM settlings WHERE finished >= time ORDER BY finished, id LIMIT 1), (SELECT count(*) + 1 FROM settlings)
    ),
    until_settling = CASE WHEN until IS NOT NULL THEN coalesce(
        (SELECT id FROM settlings WHERE finished >= until ORDER BY finished, id LIMIT 1), (SELECT count(*) + 1 FROM settlings)
    ) END;
