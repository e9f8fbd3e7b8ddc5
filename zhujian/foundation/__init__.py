"""基础层. Knows no board and no portal."""
