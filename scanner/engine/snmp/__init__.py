"""SNMP sessions, table walks, and the reading of many switches side by side."""
