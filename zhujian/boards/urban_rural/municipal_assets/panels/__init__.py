"""What the module adds to the pages of its own registers."""
