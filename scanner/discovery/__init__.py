"""Discoveries: each module declares what to ask and what an answer means. Pure: no socket, clock or file.

The engine connects; `declaration` holds the types both know. Others add a discovery by a
`phonescan.discovery` entry point.
"""
