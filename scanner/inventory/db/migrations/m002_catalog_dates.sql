-- What the date of a catalog is, and when the catalog was last compared with its source.

ALTER TABLE catalogs ADD COLUMN dated TEXT NOT NULL DEFAULT 'page';   -- page, or newest-entry: the newest day that it names
ALTER TABLE catalogs ADD COLUMN checked TEXT NOT NULL DEFAULT '';     -- ISO date, empty where it is not known
