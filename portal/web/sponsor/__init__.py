"""Pages for sponsors."""
