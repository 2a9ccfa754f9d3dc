"""Settling: recorded observations become facts of subjects, subjects become devices."""
