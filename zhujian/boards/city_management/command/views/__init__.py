"""Pages of the loop."""
