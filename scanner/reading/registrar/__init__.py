"""Contacts that a SIP registrar has (RFC 3261 10): what all dumps of registrars have in common.

A reader of a format yields a `RegisteredContact` for each contact of its file; `attribution.observations` returns what
the contacts show of phones.
"""
