"""What every other package uses: records, the field registry, errors, targets, TOML. Imports no other package."""
