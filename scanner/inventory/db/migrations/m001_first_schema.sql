-- The tables, views and indexes of phonescan 0.1.0. Frozen: a change is a new file. `db/schema.py` describes the tables.

CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,            -- scan, listen, switches, read, demo
    site TEXT NOT NULL,
    started TEXT NOT NULL,
    finished TEXT,
    outcome TEXT NOT NULL,         -- running, done, partial, interrupted, failed
    targets TEXT NOT NULL,         -- JSON array
    discoveries TEXT NOT NULL,     -- JSON array
    settings TEXT NOT NULL,        -- JSON object, no secrets
    notes TEXT NOT NULL,           -- JSON array of sentences
    baseline INTEGER NOT NULL,     -- 1: first scan of this site, without `appeared` events
    state TEXT,                    -- JSON: checkpoint of an unfinished scan
    observations INTEGER NOT NULL DEFAULT 0,
    unresolved INTEGER NOT NULL DEFAULT 0  -- facts without mac, serial and address
);

CREATE TABLE coverage (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    discovery TEXT NOT NULL,
    scope TEXT NOT NULL,           -- CIDR, range, address, or 'switch ADDRESS'
    PRIMARY KEY (scan_id, discovery, scope)
) WITHOUT ROWID;

CREATE TABLE missed (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    discovery TEXT NOT NULL,
    ip TEXT NOT NULL,
    outcome TEXT NOT NULL,         -- a name of core.outcomes, or went-quiet
    note TEXT NOT NULL,
    PRIMARY KEY (scan_id, ip, discovery, outcome)
) WITHOUT ROWID;

CREATE TABLE scan_counts (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    status TEXT NOT NULL,
    compliance TEXT NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (scan_id, site, status, compliance)
) WITHOUT ROWID;

CREATE TABLE arrivals (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans(id),
    time TEXT NOT NULL,
    site TEXT NOT NULL,
    ip TEXT,
    mac TEXT,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL
);

CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,      -- 'mac …', 'serial …', 'ip SITE ADDRESS', 'unresolved'
    touched INTEGER NOT NULL DEFAULT 0  -- 1: its facts changed since the last settle; 2: it lost facts
);
CREATE INDEX subjects_touched ON subjects(id) WHERE touched > 0;

CREATE TABLE merged (
    old_id INTEGER PRIMARY KEY,    -- the same device as new_id
    new_id INTEGER NOT NULL,
    time TEXT NOT NULL
);

CREATE TABLE observations (
    id INTEGER PRIMARY KEY,
    subject_id INTEGER NOT NULL REFERENCES subjects(id),
    fact INTEGER NOT NULL,         -- hash of site, ip, mac, field, value, source
    site TEXT NOT NULL,
    ip TEXT,
    mac TEXT,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    first_scan INTEGER NOT NULL,
    last_scan INTEGER NOT NULL
);
CREATE UNIQUE INDEX observations_fact ON observations(fact, subject_id);
CREATE INDEX observations_subject ON observations(subject_id);
CREATE INDEX observations_address ON observations(ip, site) WHERE ip IS NOT NULL;
CREATE INDEX observations_mac ON observations(mac) WHERE mac IS NOT NULL;

CREATE TABLE addresses (
    mac TEXT NOT NULL,
    site TEXT NOT NULL,
    ip TEXT NOT NULL,
    told INTEGER NOT NULL,         -- evidence: 0 a table of another host, 1 a frame from the mac, 2 a response from the address
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (mac, site, ip, told)
) WITHOUT ROWID;
CREATE INDEX addresses_ip ON addresses(ip, site);

CREATE TABLE serials (
    serial TEXT NOT NULL,          -- 'MAKER/SERIAL'
    mac TEXT NOT NULL,             -- '' where only the address is known
    site TEXT NOT NULL,
    ip TEXT NOT NULL,              -- '' where only the mac is known
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (serial, mac, site, ip)
) WITHOUT ROWID;
CREATE INDEX serials_ip ON serials(ip, site);

CREATE TABLE shared (
    name TEXT PRIMARY KEY,         -- a mac or serial that does not identify one device
    addresses INTEGER NOT NULL,    -- number of addresses it was seen with
    reason TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE devices (
    id INTEGER PRIMARY KEY REFERENCES subjects(id),
    site TEXT NOT NULL,
    ip TEXT,
    mac TEXT,
    local_mac INTEGER NOT NULL DEFAULT 0,  -- 1: locally administered, without a manufacturer prefix
    hostname TEXT,
    kind TEXT NOT NULL,
    manufacturer TEXT,
    model TEXT,
    firmware TEXT,
    line TEXT,
    serial TEXT,
    confidence REAL NOT NULL,
    conflicts TEXT NOT NULL,       -- JSON array
    discovered_by TEXT NOT NULL,
    switch TEXT,
    switch_port TEXT,
    vlan TEXT,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    first_scan INTEGER NOT NULL,
    last_scan INTEGER NOT NULL,
    misses INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'present',  -- present, vanished, replaced
    evidence INTEGER NOT NULL,     -- hash of the facts and rules that the row is derived from
    -- sorts addresses by number: IPv4 before IPv6, none last
    ip_order TEXT GENERATED ALWAYS AS (
        CASE
            WHEN ip IS NULL THEN 'z'
            WHEN instr(ip, ':') THEN 'v6 ' || ip
            ELSE printf(
                'v4 %03d.%03d.%03d.%03d',
                json_extract('[' || replace(ip, '.', ',') || ']', '$[0]'),
                json_extract('[' || replace(ip, '.', ',') || ']', '$[1]'),
                json_extract('[' || replace(ip, '.', ',') || ']', '$[2]'),
                json_extract('[' || replace(ip, '.', ',') || ']', '$[3]')
            )
        END
    ) STORED
);
CREATE INDEX devices_order ON devices(site, ip_order, mac);
CREATE INDEX devices_ip ON devices(ip, site);
CREATE INDEX devices_mac ON devices(mac);
CREATE INDEX devices_site ON devices(site, first_scan);
CREATE INDEX devices_serial ON devices(serial);
CREATE INDEX devices_model ON devices(manufacturer, model, firmware);
CREATE INDEX devices_switch ON devices(switch, switch_port);
CREATE INDEX devices_last_scan ON devices(last_scan);

CREATE TABLE states (
    device_id INTEGER NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
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
    PRIMARY KEY (device_id, scan_id)
) WITHOUT ROWID;
CREATE INDEX states_scan ON states(scan_id);

CREATE TABLE assessments (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
    catalog TEXT,
    overall INTEGER NOT NULL,      -- 1: the verdict of the policy
    status TEXT NOT NULL,
    compliance TEXT NOT NULL,
    reason TEXT NOT NULL,
    certified_firmware TEXT,
    catalog_source TEXT NOT NULL,
    catalog_date TEXT NOT NULL,
    time TEXT NOT NULL,
    until TEXT                     -- NULL: in force
);
CREATE INDEX assessments_device ON assessments(device_id, time);
CREATE UNIQUE INDEX assessments_one ON assessments(device_id, catalog) WHERE until IS NULL;
CREATE UNIQUE INDEX assessments_overall ON assessments(device_id) WHERE overall = 1 AND until IS NULL;
CREATE INDEX assessments_compliance ON assessments(compliance) WHERE overall = 1 AND until IS NULL;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL REFERENCES scans(id),
    device_id INTEGER NOT NULL REFERENCES devices(id) ON DELETE CASCADE,
    time TEXT NOT NULL,
    kind TEXT NOT NULL,            -- name of the event
    part TEXT,                     -- what changed: ip, port, firmware, status, …
    old TEXT,
    new TEXT,
    note TEXT NOT NULL DEFAULT '',
    baseline INTEGER NOT NULL DEFAULT 0  -- 1: of the first scan of a site
);
CREATE INDEX events_device ON events(device_id, time);
CREATE INDEX events_scan ON events(scan_id);
CREATE INDEX events_kind ON events(kind, time);

CREATE TABLE catalogs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL,
    date TEXT NOT NULL,
    note TEXT NOT NULL,
    imported TEXT NOT NULL,        -- time of import
    origin TEXT NOT NULL,          -- imported, or program: shipped with phonescan
    current INTEGER NOT NULL       -- 1: the edition in force; older editions are kept
);
CREATE UNIQUE INDEX catalogs_current ON catalogs(name) WHERE current = 1;

CREATE TABLE catalog_entries (
    id INTEGER PRIMARY KEY,
    catalog_id INTEGER NOT NULL REFERENCES catalogs(id) ON DELETE CASCADE,
    manufacturer TEXT NOT NULL,
    model TEXT NOT NULL,
    firmware TEXT,
    match TEXT NOT NULL,
    spelled TEXT NOT NULL,
    source_line INTEGER NOT NULL,
    attributes TEXT NOT NULL       -- JSON object
);
CREATE INDEX catalog_entries_catalog ON catalog_entries(catalog_id, manufacturer, model);

CREATE TABLE runs (
    schedule TEXT NOT NULL,
    due TEXT NOT NULL,
    claimed TEXT NOT NULL,
    finished TEXT,
    outcome TEXT,
    scan_id INTEGER,
    PRIMARY KEY (schedule, due)
) WITHOUT ROWID;

CREATE TABLE marks (
    name TEXT PRIMARY KEY,         -- state between runs: knowledge, last scan, pruned, …
    value TEXT NOT NULL,
    time TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIEW inventory AS
    SELECT
        d.site, d.ip, d.mac, d.hostname, d.kind, d.manufacturer, d.model, d.firmware, d.serial,
        a.status, a.compliance, a.certified_firmware, a.catalog,
        d.discovered_by, d.switch, d.switch_port, d.vlan, d.first_seen, d.last_seen, d.last_scan
    -- CROSS JOIN makes SQLite read the devices in the order of their index, without a sort.
    FROM devices d CROSS JOIN assessments a ON a.device_id = d.id AND a.overall = 1 AND a.until IS NULL
    WHERE d.state != 'replaced'
    ORDER BY d.site, d.ip_order, d.mac, d.id;

CREATE VIEW noncompliant AS
    SELECT
        d.site, d.ip, d.mac, d.hostname, d.kind, d.manufacturer, d.model, d.firmware, d.serial,
        a.status, a.compliance, a.certified_firmware, a.catalog,
        d.discovered_by, d.switch, d.switch_port, d.vlan, d.first_seen, d.last_seen, d.last_scan, a.reason
    FROM assessments a JOIN devices d ON d.id = a.device_id
    WHERE a.overall = 1 AND a.until IS NULL AND a.compliance = 'noncompliant' AND d.state != 'replaced'
    ORDER BY d.site, d.ip_order, d.mac, d.id;
