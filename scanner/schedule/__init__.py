"""Scheduled scans: cron lines, due times, runs with reports and notifications, and systemd units."""
