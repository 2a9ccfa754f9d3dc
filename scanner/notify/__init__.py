"""Notifications: one digest for a scan that has news, sent through apprise."""
