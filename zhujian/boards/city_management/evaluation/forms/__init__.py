"""Forms of the comprehensive evaluation."""
