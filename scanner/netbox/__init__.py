"""NetBox's API: what it has of the devices, what is to be written, in bulk and within a time; prefixes as targets."""
