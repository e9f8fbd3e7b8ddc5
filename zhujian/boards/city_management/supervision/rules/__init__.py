"""Rules of supervision. Pure."""
