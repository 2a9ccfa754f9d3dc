"""Knows every IP phone on a network, and whether its firmware is the one that was certified."""
