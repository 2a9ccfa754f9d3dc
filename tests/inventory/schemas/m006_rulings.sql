BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'phonescan','m001_first_schema','2026-12-01 04:32:43.566333+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'phonescan','m002_catalog_dates','2026-12-01 04:32:43.567263+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'phonescan','m003_disputed_macs','2026-12-01 04:32:43.569507+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'phonescan','m004_scan_devices','2026-12-01 04:32:43.569757+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'phonescan','m005_device_fields','2026-12-01 04:32:43.569987+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'phonescan','m006_rulings','2026-12-01 04:32:43.572623+00:00');
CREATE TABLE addresses (
    mac TEXT NOT NULL,
    site TEXT NOT NULL,
    ip TEXT NOT NULL,
    evidence INTEGER NOT NULL,         -- evidence: 0 a table of another host, 1 a frame from the mac, 2 a response from the address
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (mac, site, ip, evidence)
) WITHOUT ROWID;
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.1',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.10',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.11',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.12',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.13',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.14',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.15',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.16',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.17',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.18',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.19',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.2',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.3',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.4',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.5',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.6',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.7',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.8',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('00:04:f2:00:00:07','default','10.1.1.9',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
INSERT INTO "addresses" VALUES('64:16:7f:00:00:05','default','10.1.0.5',-1,'2026-11-01T02:00:00Z','2026-11-06T02:00:00Z');
INSERT INTO "addresses" VALUES('80:5e:c0:00:00:06','default','10.1.0.6',0,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
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
INSERT INTO "arrivals" VALUES(1,7,'2026-11-07T02:00:00Z','','10.1.0.8',NULL,'sip.user-agent','PolycomVVX-VVX_411-UA/5.9.0.9373','sip 10.1.0.8:5060');
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
, policy TEXT, exception TEXT, settling INTEGER, until_settling INTEGER);
INSERT INTO "assessments" VALUES(1,1,'skype-for-business',1,'unknown-firmware','review','Yealink T58A is listed with 58.15.0.20; its firmware is unknown. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.','58.15.0.20','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-01T02:00:00Z','2026-11-02T02:00:00Z','d92a7bdedc2faa19',NULL,1,2);
INSERT INTO "assessments" VALUES(2,1,'lync',0,'not-listed','noncompliant','Yealink T58A is not in the lync catalog. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c, of 2015-10-01 (the newest day of qualification that the page names, checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c','2015-10-01','2026-11-01T02:00:00Z','2026-11-02T02:00:00Z','d92a7bdedc2faa19',NULL,1,2);
INSERT INTO "assessments" VALUES(3,1,'teams',0,'not-listed','noncompliant','Yealink T58A is not in the teams catalog; the nearest name in it is MP58, another model. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef, of 2024-09-26 (checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef','2024-09-26','2026-11-01T02:00:00Z','2026-11-02T02:00:00Z','d92a7bdedc2faa19',NULL,1,2);
INSERT INTO "assessments" VALUES(4,2,'skype-for-business',1,'certified','compliant','5.9.0.9373 is the certified version for Polycom VVX 411. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.','5.9.0.9373','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-01T02:00:00Z','2026-11-02T02:00:00Z','d92a7bdedc2faa19',NULL,1,2);
INSERT INTO "assessments" VALUES(5,2,'lync',0,'not-listed','noncompliant','Polycom VVX 411 is not in the lync catalog; the nearest name in it is VVX 410, another model. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c, of 2015-10-01 (the newest day of qualification that the page names, checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c','2015-10-01','2026-11-01T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,1,NULL);
INSERT INTO "assessments" VALUES(6,2,'teams',0,'not-listed','noncompliant','Polycom VVX 411 is not in the teams catalog. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef, of 2024-09-26 (checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef','2024-09-26','2026-11-01T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,1,NULL);
INSERT INTO "assessments" VALUES(7,1,'skype-for-business',1,'certified','compliant','58.15.0.20 is the certified version for Yealink T58A. The edition (Skype for Business, Teams, SIP) is not derivable from the version: branch 15 of platform 58 holds the certified Skype for Business build and Teams builds alike. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days. Model and firmware as of 2026-11-01.','58.15.0.20','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(8,1,'lync',0,'not-listed','noncompliant','Yealink T58A is not in the lync catalog. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c, of 2015-10-01 (the newest day of qualification that the page names, checked on 2026-11-23); the list is older than 365 days. Model and firmware as of 2026-11-01.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c','2015-10-01','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(9,1,'teams',0,'not-listed','noncompliant','Yealink T58A is not in the teams catalog; the nearest name in it is MP58, another model. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef, of 2024-09-26 (checked on 2026-11-23); the list is older than 365 days. Model and firmware as of 2026-11-01.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef','2024-09-26','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(10,2,'skype-for-business',1,'newer','review','5.9.0.9999 is newer than the certified 5.9.0.9373 for Polycom VVX 411. Microsoft''s page of certified Skype for Business phones has no statement about newer firmware; Microsoft''s page of phones qualified for Lync, another list, calls newer firmware not supported. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.','5.9.0.9373','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-02T02:00:00Z','2026-11-03T02:00:00Z','d92a7bdedc2faa19',NULL,2,3);
INSERT INTO "assessments" VALUES(11,4,'skype-for-business',1,'certified','compliant','5.9.0.9373 is the certified version for Polycom VVX 411. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.','5.9.0.9373','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(12,4,'lync',0,'not-listed','noncompliant','Polycom VVX 411 is not in the lync catalog; the nearest name in it is VVX 410, another model. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c, of 2015-10-01 (the newest day of qualification that the page names, checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c','2015-10-01','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(13,4,'teams',0,'not-listed','noncompliant','Polycom VVX 411 is not in the teams catalog. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef, of 2024-09-26 (checked on 2026-11-23); the list is older than 365 days.',NULL,'MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef','2024-09-26','2026-11-02T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,2,NULL);
INSERT INTO "assessments" VALUES(14,2,'skype-for-business',1,'certified','compliant','5.9.0.9373 is the certified version for Polycom VVX 411. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.','5.9.0.9373','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','2026-11-03T02:00:00Z',NULL,'d92a7bdedc2faa19',NULL,3,NULL);
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
INSERT INTO "catalog_entries" VALUES(1,1,'AudioCodes','C450HD','UCC450HD_3.2.0.1003.61','exact','AudioCodes |C450HD IP Phone|UCC450HD_3.2.0.1003.61',38,'{"qualified":"2019-06-11"}');
INSERT INTO "catalog_entries" VALUES(2,1,'AudioCodes','440HD','UC440HD_3.1.3.144.18','exact','AudioCodes |440HD IP Phone|UC440HD_3.1.3.144.18',39,'{"qualified":"2019-05-06"}');
INSERT INTO "catalog_entries" VALUES(3,1,'AudioCodes','430HD','UC430HD_3.1.3.144.18','exact','AudioCodes |430HD IP Phone|UC430HD_3.1.3.144.18',40,'{"qualified":"2019-05-06"}');
INSERT INTO "catalog_entries" VALUES(4,1,'AudioCodes','445HD','3.1.2.89','exact','AudioCodes |445HD IP Phone|3.1.2.89',41,'{"qualified":"2018-12-21"}');
INSERT INTO "catalog_entries" VALUES(5,1,'AudioCodes','405HD','3.0.1.89.1','exact','AudioCodes |405HD |3.0.1.89.1',42,'{}');
INSERT INTO "catalog_entries" VALUES(6,1,'Crestron','UC-P100-S','55.66.91.11','exact','Crestron |Flex UC-P100-S IP Phone (upgradeable to Teams)|55.66.91.11',43,'{"upgradeable_to":"Teams","qualified":"2019-03-14"}');
INSERT INTO "catalog_entries" VALUES(7,1,'Crestron','UC-P110-S','55.66.91.11','exact','Crestron |Flex UC-P110-S IP Phone (upgradeable to Teams)|55.66.91.11',44,'{"upgradeable_to":"Teams","qualified":"2019-03-14"}');
INSERT INTO "catalog_entries" VALUES(8,1,'Poly','Trio C60','5.9.3.7392','exact','Poly| Trio C60|5.9.3.7392',45,'{}');
INSERT INTO "catalog_entries" VALUES(9,1,'Poly','CCX 400','6.2.11.1475','exact','Poly| CCX 400 IP Phone|6.2.11.1475',46,'{}');
INSERT INTO "catalog_entries" VALUES(10,1,'Poly','CCX 600','5.9.12.1111','exact','Poly| CCX 600 IP Phone|5.9.12.1111',47,'{}');
INSERT INTO "catalog_entries" VALUES(11,1,'Poly','CCX 500','1.0.0.2535','exact','Poly| CCX 500 IP Phone| 1.0.0.2535',48,'{}');
INSERT INTO "catalog_entries" VALUES(12,1,'Polycom','VVX 201','5.9.0.9373','exact','Polycom |VVX 201 Business Media Phone|5.9.0.9373',49,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(13,1,'Polycom','VVX 300','5.9.0.9373','exact','Polycom |VVX 300/310 Business Media Phone|5.9.0.9373',50,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(14,1,'Polycom','VVX 310','5.9.0.9373','exact','Polycom |VVX 300/310 Business Media Phone|5.9.0.9373',50,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(15,1,'Polycom','VVX 301','5.9.0.9373','exact','Polycom |VVX 301/311 Business Media Phone|5.9.0.9373',51,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(16,1,'Polycom','VVX 311','5.9.0.9373','exact','Polycom |VVX 301/311 Business Media Phone|5.9.0.9373',51,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(17,1,'Polycom','VVX 400','5.9.0.9373','exact','Polycom |VVX 400 Business Media Phone|5.9.0.9373',52,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(18,1,'Polycom','VVX 401','5.9.0.9373','exact','Polycom |VVX 401 Business Media Phone|5.9.0.9373',53,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(19,1,'Polycom','VVX 410','5.9.0.9373','exact','Polycom |VVX 410 Business Media Phone|5.9.0.9373',54,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(20,1,'Polycom','VVX 411','5.9.0.9373','exact','Polycom |VVX 411 Business Media Phone|5.9.0.9373',55,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(21,1,'Polycom','VVX 500','5.9.0.9373','exact','Polycom |VVX 500 Business Media Phone|5.9.0.9373',56,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(22,1,'Polycom','VVX 501','5.9.0.9373','exact','Polycom |VVX 501 Business Media Phone|5.9.0.9373',57,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(23,1,'Polycom','VVX 600','5.9.0.9373','exact','Polycom |VVX 600 Business Media Phone|5.9.0.9373',58,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(24,1,'Polycom','VVX 601','5.9.0.9373','exact','Polycom |VVX 601 Business Media Phone|5.9.0.9373',59,'{"qualified":"2019-01-22"}');
INSERT INTO "catalog_entries" VALUES(25,1,'Yealink','MP56','122.9.0.1','exact','Yealink |MP56 IP Phone |122.9.0.1',60,'{}');
INSERT INTO "catalog_entries" VALUES(26,1,'Yealink','T55','55.9.0.9','exact','Yealink |T55 IP Phone (upgradeable to Teams) |55.9.0.9',61,'{"upgradeable_to":"Teams","qualified":"2019-03-12"}');
INSERT INTO "catalog_entries" VALUES(27,1,'Yealink','T56A','58.15.0.20','exact','Yealink |T56A IP Phone (upgradeable to Teams) | 58.15.0.20',62,'{"upgradeable_to":"Teams","qualified":"2018-12-30"}');
INSERT INTO "catalog_entries" VALUES(28,1,'Yealink','T58A','58.15.0.20','exact','Yealink |T58A IP Phone (upgradeable to Teams) | 58.15.0.20',63,'{"upgradeable_to":"Teams","qualified":"2018-12-30"}');
INSERT INTO "catalog_entries" VALUES(29,1,'Yealink','MP54','122.9.0.5','exact','Yealink |MP54 IP Phone |122.9.0.5',64,'{}');
INSERT INTO "catalog_entries" VALUES(30,1,'Yealink','MP58','122.9.0.5','exact','Yealink |MP58 IP Phone |122.9.0.5',65,'{}');
INSERT INTO "catalog_entries" VALUES(31,2,'AudioCodes','420HD','UC420HD_2.0.1.44.9','exact','AudioCodes 420HD|October 2013|AudioCodes UC420HD_2.0.1.44.9|Not tested|AudioCodes UC420HD_2.0.1.44.9',43,'{"qualified":"2013-10","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(32,2,'AudioCodes','440HD','UC440HD_2.0.3.21','exact','AudioCodes 440HD|June 2014|AudioCodes UC440HD_2.0.3.21|Not tested|AudioCodes UC440HD_2.0.3.21',44,'{"qualified":"2014-06","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(33,2,'AudioCodes','430HD','UC430HD_2.0.3.19','exact','AudioCodes 430HD|July 2014July 2014|AudioCodes UC430HD_2.0.3.19|Not tested',45,'{"qualified":"2014-07","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(34,2,'HP','4110','4.0.7577.4444','exact','HP 4110 IP Phone|February 2013|Lync Phone Edition 4.0.7577.4444|Not tested||Lync Phone Edition 4.0.7577.4444',46,'{"qualified":"2013-02","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(35,2,'HP','4120','4.0.7577.4444','exact','HP 4120 IP Phone|February 2013|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444',47,'{"qualified":"2013-02","qualified_for":"Lync Server 2013, Lync Online, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(36,2,'Mitel','6725','4.0.7577.4444','exact','Mitel MiVoice 6725 Lync Phone|February 2013|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444',48,'{"qualified":"2013-02","qualified_for":"Lync Server 2013, Lync Online, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(37,2,'Polycom','CX500','4.0.7577.4444','exact','Polycom CX500|February 2013|Lync Phone Edition 4.0.7577.4444|Not tested|Lync Phone Edition 4.0.7577.4444',49,'{"qualified":"2013-02","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(38,2,'Polycom','CX600','4.0.7577.4444','exact','Polycom CX600|February 2013|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444|Lync Phone Edition 4.0.7577.4444',50,'{"qualified":"2013-02","qualified_for":"Lync Server 2013, Lync Online, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(39,2,'Polycom','SoundPoint IP 321','4.1.0.84959','exact','Polycom SoundPoint IP 321|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0. 84792',51,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(40,2,'Polycom','SoundPoint IP 321','4.1.0.84792','exact','Polycom SoundPoint IP 321|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0. 84792',51,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(41,2,'Polycom','SoundPoint IP 331','4.1.0.84959','exact','Polycom SoundPoint IP 331|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0. 84793',52,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(42,2,'Polycom','SoundPoint IP 331','4.1.0.84793','exact','Polycom SoundPoint IP 331|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0. 84793',52,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(43,2,'Polycom','SoundPoint IP 335','4.1.0.84959','exact','Polycom SoundPoint IP 335|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.84792',53,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(44,2,'Polycom','SoundPoint IP 335','4.1.0.84792','exact','Polycom SoundPoint IP 335|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.84792',53,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(45,2,'Polycom','SoundPoint IP 450','4.1.0.84959','exact','Polycom SoundPoint IP 450|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83139',54,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(46,2,'Polycom','SoundPoint IP 450','4.1.0.83139','exact','Polycom SoundPoint IP 450|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83139',54,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(47,2,'Polycom','SoundPoint IP 550','4.1.0.84959','exact','Polycom SoundPoint IP 550|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83139',55,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(48,2,'Polycom','SoundPoint IP 550','4.1.0.83139','exact','Polycom SoundPoint IP 550|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83139',55,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(49,2,'Polycom','SoundPoint IP 560','4.1.0.84959','exact','Polycom SoundPoint IP 560|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83140',56,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(50,2,'Polycom','SoundPoint IP 560','4.1.0.83140','exact','Polycom SoundPoint IP 560|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83140',56,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(51,2,'Polycom','SoundPoint IP 650','4.1.0.84959','exact','Polycom SoundPoint IP 650|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83141',57,'{"qualified":"2013-05","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(52,2,'Polycom','SoundPoint IP 650','4.1.0.83141','exact','Polycom SoundPoint IP 650|May 2013|Polycom 4.1.0.84959|Not tested|Polycom 4.1.0.83141',57,'{"qualified":"2013-05","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(53,2,'Polycom','VVX 201','5.4.0.5841','exact','Polycom VVX 201|October 2015|Polycom 5.4.0.5841|5.4.0A',58,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(54,2,'Polycom','VVX 201','5.4.0A','exact','Polycom VVX 201|October 2015|Polycom 5.4.0.5841|5.4.0A',58,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(55,2,'Polycom','VVX 300','5.3.0.12074','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(56,2,'Polycom','VVX 300','5.4.0A','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(57,2,'Polycom','VVX 300','4.1.4.7430','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(58,2,'Polycom','VVX 310','5.3.0.12074','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(59,2,'Polycom','VVX 310','5.4.0A','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(60,2,'Polycom','VVX 310','4.1.4.7430','exact','Polycom VVX 300 and 310|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',59,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(61,2,'Polycom','VVX 400','5.3.0.12074','exact','Polycom VVX 400|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',60,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(62,2,'Polycom','VVX 400','5.4.0A','exact','Polycom VVX 400|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',60,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(63,2,'Polycom','VVX 400','4.1.4.7430','exact','Polycom VVX 400|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',60,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(64,2,'Polycom','VVX 410','5.3.0.12074','exact','Polycom VVX 410|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',61,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(65,2,'Polycom','VVX 410','5.4.0A','exact','Polycom VVX 410|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',61,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(66,2,'Polycom','VVX 410','4.1.4.7430','exact','Polycom VVX 410|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.4.7430',61,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(67,2,'Polycom','VVX 500','5.3.0.12074','exact','Polycom VVX 500|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',62,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(68,2,'Polycom','VVX 500','5.4.0A','exact','Polycom VVX 500|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',62,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(69,2,'Polycom','VVX 500','4.1.2.25646','exact','Polycom VVX 500|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',62,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(70,2,'Polycom','VVX 600','5.3.0.12074','exact','Polycom VVX 600|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',63,'{"qualified":"2015-10","qualified_for":"Lync Server 2013"}');
INSERT INTO "catalog_entries" VALUES(71,2,'Polycom','VVX 600','5.4.0A','exact','Polycom VVX 600|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',63,'{"qualified":"2015-10","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(72,2,'Polycom','VVX 600','4.1.2.25646','exact','Polycom VVX 600|October 2015|Polycom 5.3.0.12074|5.4.0A|Polycom 4.1.2.25646',63,'{"qualified":"2015-10","qualified_for":"Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(73,2,'Spectralink','84-Series','4.6.0.0008','exact','Spectralink 84-Series Wireless Telephones|March 2013|Spectralink 4.6.0.0008|5.4.0A|Spectralink 4.6.0.0008',64,'{"qualified":"2013-03","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(74,2,'Spectralink','84-Series','5.4.0A','exact','Spectralink 84-Series Wireless Telephones|March 2013|Spectralink 4.6.0.0008|5.4.0A|Spectralink 4.6.0.0008',64,'{"qualified":"2013-03","qualified_for":"Lync Online"}');
INSERT INTO "catalog_entries" VALUES(75,2,'Spectralink','IP-DECT Server 400','PCS13Eb','exact','Spectralink IP-DECT Server 400|March 2013|Spectralink PCS13Eb|Not tested|Spectralink PCS13Eb',66,'{"qualified":"2013-03","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(76,2,'Spectralink','IP-DECT Server 6500','PCS13Eb','exact','Spectralink IP-DECT Server 6500|March 2013|Spectralink PCS13Eb|Not tested|Spectralink PCS13Eb',67,'{"qualified":"2013-03","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(77,2,'Yealink','SIP-T22P','7.7.0.26','exact','Yealink SIP-T22P|March 2015|7.7.0.26|Not tested|7.7.0.26',68,'{"qualified":"2015-03","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(78,2,'Yealink','SIP-T48G','35.7.0.26','exact','Yealink SIP-T48G|March 2015|35.7.0.26|Not tested|35.7.0.26',69,'{"qualified":"2015-03","qualified_for":"Lync Server 2013, Lync Server 2010"}');
INSERT INTO "catalog_entries" VALUES(79,3,'AudioCodes','C430HD','2.3.364','exact','AudioCodes C430HD | `2.3.364` | August 15, 2027 | 12',55,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(80,3,'AudioCodes','C470HD','2.1.87','exact','AudioCodes C470HD | `2.1.87` |August 15, 2027 | 12',57,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(81,3,'AudioCodes','C435HD','2.1.673','exact','AudioCodes C435HD | `2.1.673` | August 15, 2027 | 12',58,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(82,3,'AudioCodes','C455HD','2.1.638','exact','AudioCodes C455HD | `2.1.638` | August 15, 2027 | 12',59,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(83,3,'Poly','CCX350','9.0.0.10315','exact','Poly CCX350 | `9.0.0.10315` | \x09August 15, 2027 | 12',60,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(84,3,'Poly','CCX400','9.0.0.10315','exact','Poly CCX400 | `9.0.0.10315` | \x09August 15, 2027 | 12',61,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(85,3,'Poly','CCX500','9.0.0.10315','exact','Poly CCX500 | `9.0.0.10315` | \x09August 15, 2027 | 12',62,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(86,3,'Poly','CCX505','9.0.0.10315','exact','Poly CCX505 | `9.0.0.10315` | \x09August 15, 2027 | 12',63,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(87,3,'Poly','CCX600','9.0.0.10315','exact','Poly CCX600 | `9.0.0.10315` | \x09August 15, 2027 | 12',64,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(88,3,'Poly','Trio C60','9.0.0.10315','exact','Poly Trio C60, Trio C60 NR, Trio C60 ND | `9.0.0.10315` | August 15, 2027 | 12',65,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(89,3,'Poly','Trio C60 NR','9.0.0.10315','exact','Poly Trio C60, Trio C60 NR, Trio C60 ND | `9.0.0.10315` | August 15, 2027 | 12',65,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(90,3,'Poly','Trio C60 ND','9.0.0.10315','exact','Poly Trio C60, Trio C60 NR, Trio C60 ND | `9.0.0.10315` | August 15, 2027 | 12',65,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(91,3,'Yealink','MP52 E2','176.15.0.16','exact','Yealink MP52 E2 | `176.15.0.16 `|August 15, 2027 | 13',67,'{"certification_ends":"2027-08-15","android":"13"}');
INSERT INTO "catalog_entries" VALUES(92,3,'Yealink','MP54 E2','176.15.0.16','exact','Yealink MP54 E2 | `176.15.0.16 `|August 15, 2027 | 13',68,'{"certification_ends":"2027-08-15","android":"13"}');
INSERT INTO "catalog_entries" VALUES(93,3,'Yealink','MP56 E2','176.15.0.16','exact','Yealink MP56 E2 | `176.15.0.16 `|August 15, 2027 | 13',69,'{"certification_ends":"2027-08-15","android":"13"}');
INSERT INTO "catalog_entries" VALUES(94,3,'Yealink','MP58 E2','176.15.0.16','exact','Yealink MP58 E2 | `176.15.0.16 `|August 15, 2027 | 13',70,'{"certification_ends":"2027-08-15","android":"13"}');
INSERT INTO "catalog_entries" VALUES(95,3,'Yealink','MP54','122.15.0.135','exact','Yealink MP54 | `122.15.0.135 `|August 15, 2027 | 12',71,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(96,3,'Yealink','MP56','122.15.0.135','exact','Yealink MP56 | `122.15.0.135 `|August 15, 2027 | 12',72,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(97,3,'Yealink','MP58','122.15.0.135','exact','Yealink MP58 | `122.15.0.135 `|August 15, 2027 | 12',73,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(98,3,'Yealink','CP965','143.15.0.48','exact','Yealink CP965 | `143.15.0.48 `|August 15, 2027 | 12',74,'{"certification_ends":"2027-08-15","android":"12"}');
INSERT INTO "catalog_entries" VALUES(99,4,'Polycom','VVX 411','5.9.0.9373','exact','VVX411',3,'{}');
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
, dated TEXT NOT NULL DEFAULT 'page', checked TEXT NOT NULL DEFAULT '');
INSERT INTO "catalogs" VALUES(1,'skype-for-business','Certified Skype for Business IP phones','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec','2019-06-11','Checked against its source on 2026-11-23. The page gives 2018-06-13 as its own date, but lists phones certified later; the date here is the newest day of certification that any edition of it names. Days of certification (qualified) are from the edition @81401f5c, for rows that are the same there.','2026-11-01T02:00:00Z','program',1,'newest-entry','2026-11-23');
INSERT INTO "catalogs" VALUES(2,'lync','Phones and devices qualified for Lync','MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/lync-cert/ip-phones.md @81401f5c','2015-10-01','Checked against its source on 2026-11-23. The page has no date of its own; the date here is the newest qualification it names. Its row for the Spectralink 7000 Portfolio Handsets (line 65) names no version: the IP-DECT servers are listed instead.','2026-11-01T02:00:00Z','program',1,'newest-entry','2026-11-23');
INSERT INTO "catalogs" VALUES(3,'teams','Teams phones certified hardware','MicrosoftDocs/OfficeDocs-SkypeForBusiness Teams/devices/teams-phones-certified-hardware.md @001be2ef','2024-09-26','Checked against its source on 2026-11-23. Informational: another programme, never mixed into the Skype for Business verdict. Its four rows for expansion modules (lines 56, 66, 75, 76) are not phones and are left out.','2026-11-01T02:00:00Z','program',1,'page','2026-11-23');
INSERT INTO "catalogs" VALUES(4,'own','Own list','own.md','2026-11-01','','2026-11-06T02:00:00Z','imported',1,'page','');
CREATE TABLE coverage (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    discovery TEXT NOT NULL,
    scope TEXT NOT NULL,           -- CIDR, range, address, or 'switch ADDRESS'
    PRIMARY KEY (scan_id, discovery, scope)
) WITHOUT ROWID;
INSERT INTO "coverage" VALUES(1,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(1,'sip','10.1.0.0/24');
INSERT INTO "coverage" VALUES(2,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(2,'sip','10.1.0.0/24');
INSERT INTO "coverage" VALUES(3,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(3,'sip','10.1.0.0/24');
INSERT INTO "coverage" VALUES(4,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(4,'sip','10.1.0.0/24');
INSERT INTO "coverage" VALUES(5,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(5,'sip','10.1.0.0/24');
INSERT INTO "coverage" VALUES(6,'arp','10.1.0.0/24');
INSERT INTO "coverage" VALUES(6,'sip','10.1.0.0/24');
CREATE TABLE device_fields (
    id INTEGER PRIMARY KEY,
    device_id INTEGER NOT NULL REFERENCES subjects(id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    time TEXT NOT NULL,
    author TEXT NOT NULL,          -- where it was entered, and by which name
    replaced TEXT                  -- when another value replaced it
);
INSERT INTO "device_fields" VALUES(1,1,'owner','A. Example','2026-11-06T02:00:00Z','a test',NULL);
INSERT INTO "device_fields" VALUES(2,1,'note','spare','2026-11-06T02:00:00Z','a test',NULL);
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
INSERT INTO "devices" VALUES(1,'default','10.1.0.6','80:5e:c0:00:00:06',0,NULL,'phone','Yealink','T58A','58.15.0.20',NULL,NULL,0.9,'[]','arp,sip,switches',NULL,NULL,NULL,'2026-11-01T02:00:00Z','2026-11-02T02:00:00Z',1,2,3,'vanished',2893474095805844177);
INSERT INTO "devices" VALUES(2,'default','10.1.0.5','64:16:7f:00:00:05',0,NULL,'phone','Polycom','VVX 411','5.9.0.9373',NULL,'64167F000005',0.86,'[]','lldp,sip,switches',NULL,'Gi0/7',NULL,'2026-11-01T02:00:00Z','2026-11-06T02:00:00Z',1,6,0,'present',5213553937503155873);
INSERT INTO "devices" VALUES(4,'default','10.1.0.7',NULL,0,NULL,'phone','Polycom','VVX 411','5.9.0.9373',NULL,'FCH1924AHCA',0.85,'[]','sip,snmp',NULL,NULL,NULL,'2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2,3,'vanished',1722694147318968082);
CREATE TABLE disputed (
    mac TEXT NOT NULL,             -- the mac that is claimed
    site TEXT NOT NULL,
    ip TEXT NOT NULL,              -- the address of the claimant
    row TEXT NOT NULL,             -- the row of the table of authority by which the claim lost
    reason TEXT NOT NULL,          -- why it does not identify the device at that address, in words
    holder TEXT NOT NULL,          -- the address that the mac has by a stronger source, empty where none is known
    PRIMARY KEY (mac, site, ip)
) WITHOUT ROWID;
INSERT INTO "disputed" VALUES('00:15:65:00:00:01','default','10.1.1.1','neighbour table before certificate','its reason','');
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
INSERT INTO "events" VALUES(1,2,1,'2026-11-02T02:00:00Z','status-changed','status','unknown-firmware','certified','58.15.0.20 is the certified version for Yealink T58A. The edition (Skype for Business, Teams, SIP) is not derivable from the version: branch 15 of platform 58 holds the certified Skype for Business build and Teams builds alike. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days. Model and firmware as of 2026-11-01.',0);
INSERT INTO "events" VALUES(2,2,2,'2026-11-02T02:00:00Z','firmware-changed','firmware','5.9.0.9373','5.9.0.9999','',0);
INSERT INTO "events" VALUES(3,2,2,'2026-11-02T02:00:00Z','status-changed','status','certified','newer','5.9.0.9999 is newer than the certified 5.9.0.9373 for Polycom VVX 411. Microsoft''s page of certified Skype for Business phones has no statement about newer firmware; Microsoft''s page of phones qualified for Lync, another list, calls newer firmware not supported. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.',0);
INSERT INTO "events" VALUES(4,2,4,'2026-11-02T02:00:00Z','appeared',NULL,NULL,'10.1.0.7','5.9.0.9373 is the certified version for Polycom VVX 411. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.',0);
INSERT INTO "events" VALUES(5,3,2,'2026-11-03T02:00:00Z','firmware-changed','firmware','5.9.0.9999','5.9.0.9373','',0);
INSERT INTO "events" VALUES(6,3,2,'2026-11-03T02:00:00Z','status-changed','status','newer','certified','5.9.0.9373 is the certified version for Polycom VVX 411. The edition (Skype for Business, Teams, SIP) is not derivable from the version: the base profile (Generic, Lync, Skype for Business) is a setting. Source: MicrosoftDocs/OfficeDocs-SkypeForBusiness Skype/SfbPartnerCertification/certification/archived/devices-ip-phones.md @1ed35cec, of 2019-06-11 (the newest day of certification that the page names, checked on 2026-11-23); the list is older than 365 days.',0);
INSERT INTO "events" VALUES(7,5,1,'2026-11-05T02:00:00Z','vanished',NULL,'10.1.0.6',NULL,'no response in 3 scans that covered it, last seen 2026-11-02T02:00:00Z',0);
INSERT INTO "events" VALUES(8,5,4,'2026-11-05T02:00:00Z','vanished',NULL,'10.1.0.7',NULL,'no response in 3 scans that covered it, last seen 2026-11-02T02:00:00Z',0);
CREATE TABLE hosts (
    site TEXT NOT NULL,
    ip TEXT NOT NULL,
    rule TEXT NOT NULL,            -- the rule by which its operating system shows that the host is not a phone
    maker TEXT NOT NULL,           -- the manufacturer that the rule gives, empty for none
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (ip, site, rule, maker)
) WITHOUT ROWID;
INSERT INTO "hosts" VALUES('default','10.1.1.1','a rule','Cisco','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
CREATE TABLE marks (
    name TEXT PRIMARY KEY,         -- state between runs: knowledge, last scan, pruned, …
    value TEXT NOT NULL,
    time TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "marks" VALUES('id','1afcd69e','2026-11-01T02:00:00Z');
INSERT INTO "marks" VALUES('knowledge','67796941783809063','2026-11-01T02:00:00Z');
INSERT INTO "marks" VALUES('last scan','6','2026-11-06T02:00:00Z');
INSERT INTO "marks" VALUES('process of 7','3d1219c7c4c5404aaa1f6d2a48adfda4 1d59aa70-f226-4132-a326-56a15c9049a0 4026531836 30689 1238447','2026-11-07T02:00:00Z');
CREATE TABLE merged (
    old_id INTEGER PRIMARY KEY,    -- the same device as new_id
    new_id INTEGER NOT NULL,
    time TEXT NOT NULL
);
INSERT INTO "merged" VALUES(3,1,'2026-11-02T02:00:00Z');
CREATE TABLE missed (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    discovery TEXT NOT NULL,
    ip TEXT NOT NULL,
    outcome TEXT NOT NULL,         -- a name of core.outcomes, or went-quiet
    note TEXT NOT NULL,
    PRIMARY KEY (scan_id, ip, discovery, outcome)
) WITHOUT ROWID;
INSERT INTO "missed" VALUES(2,'sip','10.1.0.9','timed-out','');
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
INSERT INTO "observations" VALUES(1,1,4986283473990081138,'default',NULL,'80:5e:c0:00:00:06','lldp.system-name','SIP-T58A','switches 10.0.0.1 lldp 0.1.1','2026-11-01T02:00:00Z','2026-11-01T02:00:00Z',1,1);
INSERT INTO "observations" VALUES(2,2,7159644964662433812,'default','10.1.0.5','64:16:7f:00:00:05','sip.user-agent','PolycomVVX-VVX_411-UA/5.9.0.9373','sip 10.1.0.5:5060','2026-11-01T02:00:00Z','2026-11-06T02:00:00Z',1,6);
INSERT INTO "observations" VALUES(4,2,6587081890661096680,'default',NULL,'64:16:7f:00:00:05','switch.port','Gi0/7','switches 10.0.0.1 lldp 0.1.1','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(5,2,6048948777095310354,'default',NULL,'64:16:7f:00:00:05','lldp-med.serial','64167F000005','lldp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(6,2,2433340415944822358,'default','10.1.0.5','64:16:7f:00:00:05','sip.user-agent','PolycomVVX-VVX_411-UA/5.9.0.9999','sip 10.1.0.5:5060','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(7,1,455839313660188712,'default','10.1.0.6',NULL,'sip.user-agent','Yealink SIP-T58A 58.15.0.20','sip 10.1.0.6:5060','2026-11-01T02:00:00Z','2026-11-01T02:00:00Z',1,1);
INSERT INTO "observations" VALUES(8,1,1928248250844156328,'default','10.1.0.6','80:5e:c0:00:00:06','arp.mac','80:5e:c0:00:00:06','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(9,4,169057788248531423,'default','10.1.0.7',NULL,'sip.user-agent','PolycomVVX-VVX_411-UA/5.9.0.9373','sip 10.1.0.7:5060','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(10,4,3787945952833640202,'default','10.1.0.7',NULL,'snmp.entity-serial','FCH1924AHCA','snmp 10.1.0.7','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(11,5,2126114762132243852,'default','10.1.1.1','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(12,6,2225358164340224058,'default','10.1.1.10','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(13,7,2811412458703907217,'default','10.1.1.11','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(14,8,8344535344355410085,'default','10.1.1.12','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(15,9,2960468174018839620,'default','10.1.1.13','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(16,10,208257653925078077,'default','10.1.1.14','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(17,11,2580112823779949264,'default','10.1.1.15','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(18,12,1575743465652108347,'default','10.1.1.16','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(19,13,1280437662430549432,'default','10.1.1.17','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(20,14,3835770565897938812,'default','10.1.1.18','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(21,15,7440087578437401875,'default','10.1.1.19','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(22,16,5604402754396253239,'default','10.1.1.2','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(23,17,4085770006853301031,'default','10.1.1.3','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(24,18,3063510257444243439,'default','10.1.1.4','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(25,19,5309687318853901898,'default','10.1.1.5','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(26,20,8807969948008737141,'default','10.1.1.6','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(27,21,4296388147948880429,'default','10.1.1.7','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(28,22,6605322351601637469,'default','10.1.1.8','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
INSERT INTO "observations" VALUES(29,23,7226474033693030424,'default','10.1.1.9','00:04:f2:00:00:07','arp.mac','00:04:f2:00:00:07','arp eth0','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z',2,2);
CREATE TABLE rulings (
    digest TEXT PRIMARY KEY,       -- hash of the content
    kind TEXT NOT NULL,            -- policy, or exception
    name TEXT NOT NULL,            -- name of the policy, or owner of the exception
    content TEXT NOT NULL,         -- JSON object
    first_used TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "rulings" VALUES('d92a7bdedc2faa19','policy','default','{"name":"default","primary":"skype-for-business","fallback":["lync"],"compliance":{},"per_catalog":{},"match":{},"stale_after_days":365,"rules":[]}','2026-11-01T02:00:00Z');
CREATE TABLE runs (
    schedule TEXT NOT NULL,
    due TEXT NOT NULL,
    claimed TEXT NOT NULL,
    finished TEXT,
    outcome TEXT,
    scan_id INTEGER,
    PRIMARY KEY (schedule, due)
) WITHOUT ROWID;
INSERT INTO "runs" VALUES('nightly','2026-11-06T02:00:00Z','2026-11-06T02:00:00Z',NULL,NULL,NULL);
CREATE TABLE scan_counts (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    status TEXT NOT NULL,
    compliance TEXT NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (scan_id, site, status, compliance)
) WITHOUT ROWID;
INSERT INTO "scan_counts" VALUES(1,'default','certified','compliant',2);
INSERT INTO "scan_counts" VALUES(1,'default','unknown-firmware','review',1);
INSERT INTO "scan_counts" VALUES(2,'default','certified','compliant',2);
INSERT INTO "scan_counts" VALUES(2,'default','newer','review',1);
INSERT INTO "scan_counts" VALUES(3,'default','certified','compliant',3);
INSERT INTO "scan_counts" VALUES(4,'default','certified','compliant',3);
INSERT INTO "scan_counts" VALUES(5,'default','certified','compliant',1);
INSERT INTO "scan_counts" VALUES(6,'default','certified','compliant',1);
CREATE TABLE scan_devices (
    scan_id INTEGER NOT NULL REFERENCES scans(id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    devices INTEGER NOT NULL,
    PRIMARY KEY (scan_id, site)
) WITHOUT ROWID;
INSERT INTO "scan_devices" VALUES(1,'default',3);
INSERT INTO "scan_devices" VALUES(2,'default',3);
INSERT INTO "scan_devices" VALUES(3,'default',1);
INSERT INTO "scan_devices" VALUES(4,'default',1);
INSERT INTO "scan_devices" VALUES(5,'default',1);
INSERT INTO "scan_devices" VALUES(6,'default',1);
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
INSERT INTO "scans" VALUES(1,'scan','default','2026-11-01T02:00:00Z','2026-11-01T02:00:00Z','done','[]','[]','{}','[]',1,NULL,3,0);
INSERT INTO "scans" VALUES(2,'scan','default','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z','done','[]','[]','{}','[]',0,NULL,25,0);
INSERT INTO "scans" VALUES(3,'scan','default','2026-11-03T02:00:00Z','2026-11-03T02:00:00Z','done','[]','[]','{}','[]',0,NULL,1,0);
INSERT INTO "scans" VALUES(4,'scan','default','2026-11-04T02:00:00Z','2026-11-04T02:00:00Z','done','[]','[]','{}','[]',0,NULL,1,0);
INSERT INTO "scans" VALUES(5,'scan','default','2026-11-05T02:00:00Z','2026-11-05T02:00:00Z','done','[]','[]','{}','[]',0,NULL,1,0);
INSERT INTO "scans" VALUES(6,'scan','default','2026-11-06T02:00:00Z','2026-11-06T02:00:00Z','done','[]','[]','{}','[]',0,NULL,1,0);
INSERT INTO "scans" VALUES(7,'scan','default','2026-11-07T02:00:00Z',NULL,'running','["10.1.0.0/24"]','["sip"]','{}','[]',0,NULL,1,0);
CREATE TABLE serials (
    serial TEXT NOT NULL,          -- 'MAKER/SERIAL'
    mac TEXT NOT NULL,             -- '' where only the address is known
    site TEXT NOT NULL,
    ip TEXT NOT NULL,              -- '' where only the mac is known
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    PRIMARY KEY (serial, mac, site, ip)
) WITHOUT ROWID;
INSERT INTO "serials" VALUES('FCH1924AHCA','','default','10.1.0.7','2026-11-02T02:00:00Z','2026-11-02T02:00:00Z');
CREATE TABLE settlings (
    id INTEGER PRIMARY KEY,
    scan_id INTEGER NOT NULL,
    policy TEXT,                   -- digest of the policy by which devices were assessed
    finished TEXT                  -- NULL: it runs, or was killed, and the next one continues it
);
INSERT INTO "settlings" VALUES(1,1,'d92a7bdedc2faa19','2026-11-01T02:00:00Z');
INSERT INTO "settlings" VALUES(2,2,'d92a7bdedc2faa19','2026-11-02T02:00:00Z');
INSERT INTO "settlings" VALUES(3,3,'d92a7bdedc2faa19','2026-11-03T02:00:00Z');
INSERT INTO "settlings" VALUES(4,4,'d92a7bdedc2faa19','2026-11-04T02:00:00Z');
INSERT INTO "settlings" VALUES(5,5,'d92a7bdedc2faa19','2026-11-05T02:00:00Z');
INSERT INTO "settlings" VALUES(6,6,'d92a7bdedc2faa19','2026-11-06T02:00:00Z');
CREATE TABLE shared (
    name TEXT PRIMARY KEY,         -- a mac or serial that does not identify one device
    addresses INTEGER NOT NULL,    -- number of addresses it was seen with
    reason TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "shared" VALUES('00:04:f2:00:00:07',19,'has 19 addresses at the same time');
CREATE TABLE "states" (
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
INSERT INTO "states" VALUES(1,1,1,'present','default',NULL,'80:5e:c0:00:00:06','Yealink','T58A',NULL,'unknown-firmware','review',NULL,NULL);
INSERT INTO "states" VALUES(1,2,2,'present','default','10.1.0.6','80:5e:c0:00:00:06','Yealink','T58A','58.15.0.20','certified','compliant',NULL,NULL);
INSERT INTO "states" VALUES(1,5,5,'vanished','default','10.1.0.6','80:5e:c0:00:00:06','Yealink','T58A','58.15.0.20','certified','compliant',NULL,NULL);
INSERT INTO "states" VALUES(2,1,1,'present','default','10.1.0.5','64:16:7f:00:00:05','Polycom','VVX 411','5.9.0.9373','certified','compliant',NULL,NULL);
INSERT INTO "states" VALUES(2,2,2,'present','default','10.1.0.5','64:16:7f:00:00:05','Polycom','VVX 411','5.9.0.9999','newer','review',NULL,'Gi0/7');
INSERT INTO "states" VALUES(2,3,3,'present','default','10.1.0.5','64:16:7f:00:00:05','Polycom','VVX 411','5.9.0.9373','certified','compliant',NULL,'Gi0/7');
INSERT INTO "states" VALUES(4,2,2,'present','default','10.1.0.7',NULL,'Polycom','VVX 411','5.9.0.9373','certified','compliant',NULL,NULL);
INSERT INTO "states" VALUES(4,5,5,'vanished','default','10.1.0.7',NULL,'Polycom','VVX 411','5.9.0.9373','certified','compliant',NULL,NULL);
CREATE TABLE subjects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,      -- 'mac …', 'serial …', 'ip SITE ADDRESS', 'unresolved'
    touched INTEGER NOT NULL DEFAULT 0  -- 1: its facts changed since the last settle; 2: it lost facts
);
INSERT INTO "subjects" VALUES(1,'mac 80:5e:c0:00:00:06',0);
INSERT INTO "subjects" VALUES(2,'mac 64:16:7f:00:00:05',0);
INSERT INTO "subjects" VALUES(4,'serial FCH1924AHCA',0);
INSERT INTO "subjects" VALUES(5,'ip default 10.1.1.1',0);
INSERT INTO "subjects" VALUES(6,'ip default 10.1.1.10',0);
INSERT INTO "subjects" VALUES(7,'ip default 10.1.1.11',0);
INSERT INTO "subjects" VALUES(8,'ip default 10.1.1.12',0);
INSERT INTO "subjects" VALUES(9,'ip default 10.1.1.13',0);
INSERT INTO "subjects" VALUES(10,'ip default 10.1.1.14',0);
INSERT INTO "subjects" VALUES(11,'ip default 10.1.1.15',0);
INSERT INTO "subjects" VALUES(12,'ip default 10.1.1.16',0);
INSERT INTO "subjects" VALUES(13,'ip default 10.1.1.17',0);
INSERT INTO "subjects" VALUES(14,'ip default 10.1.1.18',0);
INSERT INTO "subjects" VALUES(15,'ip default 10.1.1.19',0);
INSERT INTO "subjects" VALUES(16,'ip default 10.1.1.2',0);
INSERT INTO "subjects" VALUES(17,'ip default 10.1.1.3',0);
INSERT INTO "subjects" VALUES(18,'ip default 10.1.1.4',0);
INSERT INTO "subjects" VALUES(19,'ip default 10.1.1.5',0);
INSERT INTO "subjects" VALUES(20,'ip default 10.1.1.6',0);
INSERT INTO "subjects" VALUES(21,'ip default 10.1.1.7',0);
INSERT INTO "subjects" VALUES(22,'ip default 10.1.1.8',0);
INSERT INTO "subjects" VALUES(23,'ip default 10.1.1.9',0);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX subjects_touched ON subjects(id) WHERE touched > 0;
CREATE UNIQUE INDEX observations_fact ON observations(fact, subject_id);
CREATE INDEX observations_subject ON observations(subject_id);
CREATE INDEX observations_address ON observations(ip, site) WHERE ip IS NOT NULL;
CREATE INDEX observations_mac ON observations(mac) WHERE mac IS NOT NULL;
CREATE INDEX addresses_ip ON addresses(ip, site);
CREATE INDEX serials_ip ON serials(ip, site);
CREATE INDEX devices_order ON devices(site, ip_order, mac);
CREATE INDEX devices_ip ON devices(ip, site);
CREATE INDEX devices_mac ON devices(mac);
CREATE INDEX devices_site ON devices(site, first_scan);
CREATE INDEX devices_serial ON devices(serial);
CREATE INDEX devices_model ON devices(manufacturer, model, firmware);
CREATE INDEX devices_switch ON devices(switch, switch_port);
CREATE INDEX devices_last_scan ON devices(last_scan);
CREATE INDEX assessments_device ON assessments(device_id, time);
CREATE UNIQUE INDEX assessments_one ON assessments(device_id, catalog) WHERE until IS NULL;
CREATE UNIQUE INDEX assessments_overall ON assessments(device_id) WHERE overall = 1 AND until IS NULL;
CREATE INDEX assessments_compliance ON assessments(compliance) WHERE overall = 1 AND until IS NULL;
CREATE INDEX events_device ON events(device_id, time);
CREATE INDEX events_scan ON events(scan_id);
CREATE INDEX events_kind ON events(kind, time);
CREATE UNIQUE INDEX catalogs_current ON catalogs(name) WHERE current = 1;
CREATE INDEX catalog_entries_catalog ON catalog_entries(catalog_id, manufacturer, model);
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
CREATE INDEX disputed_ip ON disputed(ip, site);
CREATE INDEX device_fields_device ON device_fields(device_id, key);
CREATE UNIQUE INDEX device_fields_current ON device_fields(device_id, key) WHERE replaced IS NULL;
CREATE INDEX settlings_finished ON settlings(finished);
CREATE INDEX states_scan ON states(scan_id);
COMMIT;
