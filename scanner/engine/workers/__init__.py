"""Where exchanges with single hosts run: threads, and helper processes when many hosts respond."""
