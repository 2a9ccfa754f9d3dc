"""The rules of settling, pure: identifiers, merging, placement, current facts, silence, events."""
