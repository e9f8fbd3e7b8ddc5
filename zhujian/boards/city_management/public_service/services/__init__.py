"""Acts of the public service, by matter."""
