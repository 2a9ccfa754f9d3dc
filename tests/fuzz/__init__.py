"""Coverage-guided fuzzing of every parser: `python -m tests.fuzz`, which `make fuzz` runs.

A target (`target.Target`) is a parser with valid inputs. `judge` decides what became of one input, `guided` draws
inputs for one target in a process of its own, `campaign` spreads them over all targets, `record` keeps the figures.
"""
