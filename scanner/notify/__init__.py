"""Telling people: one digest a scan, when there is something new, through apprise."""
