"""Notifications: one message after a scan with changes, as mail over SMTP and to other services through apprise."""
