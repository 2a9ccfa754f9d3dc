"""Notifications: one message after a scan with changes, sent through apprise."""
