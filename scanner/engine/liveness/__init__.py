"""Host discovery: which addresses have a host, by ARP and ICMP echo, before the sweep."""
