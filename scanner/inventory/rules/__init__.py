"""The rules of settling, pure: identifiers, occupants of an address, current facts, placement, verdicts, events."""
