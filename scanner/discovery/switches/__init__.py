"""What switches and routers know of phones: tables read over SNMP → observations. Pure.

`mib` names the columns that are worth a question, `values` reads what agents really put into them, `ports` tells which
port a number means, `neighbours` reads LLDP, LLDP-MED, CDP and MikroTik's table, `forwarding` the bridge and ARP
tables, `harvest` puts one switch together.
"""

from scanner.discovery.switches.harvest import Harvest, Sighting, interpret, observations

__all__ = ["Harvest", "Sighting", "interpret", "observations"]
