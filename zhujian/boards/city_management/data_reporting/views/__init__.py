"""Pages for people, an interface for other platforms."""
