"""Pages of the base data."""
