"""One exchange with one host for each protocol: HTTP, SIP over TCP and TLS, SNMP, mDNS."""
