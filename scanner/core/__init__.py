"""Nouns that every room shares: records, the field registry, errors, targets. Imports no other room."""
