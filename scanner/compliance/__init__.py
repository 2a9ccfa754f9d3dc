"""Certification: catalogs of certified firmware, and the assessment of an identity by them and a policy."""
