"""The export to NetBox 4.2 and later: files for its import forms (`files`), and its API (`export`)."""
