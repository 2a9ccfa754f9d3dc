"""What switches and routers know of phones: tables read over SNMP → observations. Pure.

`mib` names the columns that are requested, `values` reads what agents really put into them, `ports` tells which
port a number means, `neighbours` reads LLDP, LLDP-MED, CDP and MikroTik's table, `forwarding` the bridge and ARP
tables, `interpret` combines them for one switch.
"""

from scanner.discovery.switches.interpret import Sighting, SwitchFindings, interpret, observations

__all__ = ["Sighting", "SwitchFindings", "interpret", "observations"]
