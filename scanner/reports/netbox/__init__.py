"""NetBox 4.2 and later: a device as it is to be there (`device`), and files for the import forms (`forms`)."""
