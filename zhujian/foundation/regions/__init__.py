"""行政区划: dated divisions of five levels, two code systems, boundaries, lookup by code, name and point."""
