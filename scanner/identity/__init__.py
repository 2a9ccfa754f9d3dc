"""From plain facts to one identity: fingerprints read single values, `fuse` weighs what they gave."""
