"""The use cases that the command line, the web pages, the schedule and the library share."""
