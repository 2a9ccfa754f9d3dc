"""Discoveries: each module declares requests and reads the responses to them. Pure: no socket, clock or file.

The engine connects; `declaration` holds the types both know. Others add a discovery by a
`phonescan.discovery` entry point.
"""
