"""SNMP sessions, table walks, and the concurrent reading of many switches."""
