"""Pages of the module, by matter."""
