"""CQL2 (OGC 21-065r2): text and JSON in, a condition with bound parameters out; only declared queryables reach the statement."""
