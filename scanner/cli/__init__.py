"""The command line: one module for each command, on the use cases of `app`."""
