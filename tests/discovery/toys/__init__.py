"""Toy protocols for tests: each is added to the program by one module, one line of the registry and its fields."""
