"""The SQLite file: connection, schema and migrations, stored catalogs, retention."""
