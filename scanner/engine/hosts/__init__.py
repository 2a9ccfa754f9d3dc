"""Responsive hosts: which request comes next, TCP connects, and their progress to the end."""
