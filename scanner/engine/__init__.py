"""The engine: sends probes and requests within the rate limits, receives responses, executes conversations."""
