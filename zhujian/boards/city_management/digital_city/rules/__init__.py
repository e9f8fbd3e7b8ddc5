"""What GB/T 30428 says of grids, classes and limits, as pure functions."""
