"""Programs for development, not part of the wheel."""
