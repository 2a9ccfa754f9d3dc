"""Codecs: bytes ↔ values of the protocols that phones and switches use. Pure: no socket, clock or file."""
