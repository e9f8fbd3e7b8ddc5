"""What other modules read of 指挥协调."""
