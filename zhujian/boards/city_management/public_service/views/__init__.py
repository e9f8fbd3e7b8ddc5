"""Pages of the public service, by matter."""
