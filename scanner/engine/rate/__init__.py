"""Packet rates: limits of the scan and of each host, congestion, link speed."""
