"""Connections to servers that the settings name, such as NetBox and a mail server, apart from the targets of scans."""
