-- Macs that a response, certificate or log claims at an address, and that a stronger source contradicts there.

CREATE TABLE disputed (
    mac TEXT NOT NULL,             -- the mac that is claimed
    site TEXT NOT NULL,
    ip TEXT NOT NULL,              -- the address of the claimant
    row TEXT NOT NULL,             -- the row of the table of authority by which the claim lost
    reason TEXT NOT NULL,          -- why it does not identify the device at that address, in words
    holder TEXT NOT NULL,          -- the address that the mac has by a stronger source, empty where none is known
    PRIMARY KEY (mac, site, ip)
) WITHOUT ROWID;
CREATE INDEX disputed_ip ON disputed(ip, site);

CREATE TABLE hosts (
    site TEXT NOT NULL,
    ip TEXT NOT NULL,
    rule TEXT NOT NULL,            -- the rule by which its operating system shows that the host is not a phone
    maker TEXT NOT NULL,           -- the manufacturer that the rule gives, empty for none
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (ip, site, rule, maker)
) WITHOUT ROWID;

-- -2 a server's log, -1 the frame of a captured packet, 0 a neighbour table, 1 a frame of the mac, 2 a response, 3 a certificate
ALTER TABLE addresses RENAME COLUMN told TO evidence;
