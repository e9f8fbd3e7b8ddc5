"""What other rooms and modules may read: one file per matter."""
