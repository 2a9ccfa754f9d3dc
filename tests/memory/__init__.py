"""The memory of a scan of hostile hosts: servers in a process of their own, a scan, and what it took at its peak."""
