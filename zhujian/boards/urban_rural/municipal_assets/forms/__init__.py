"""Forms of the module, by matter."""
