"""Pages for guests: what is shared with them, and watching."""
