"""Discoveries: each module declares requests and reads the responses to them. Pure: no socket, clock or file.

The engine connects; `declaration` contains the types that both use. Others add a discovery by a
`phonescan.discovery` entry point.
"""
