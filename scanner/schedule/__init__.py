"""Scans at the times that the settings say: what cron means, when that is, and who runs it."""
