"""What evaluation tells: counts of a period, indicators and composites in force, frozen results."""
