"""Builds the reference pages and the man page from the code."""
