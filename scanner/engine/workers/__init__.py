"""Where exchanges with single hosts run: threads, and worker processes when many hosts respond."""
