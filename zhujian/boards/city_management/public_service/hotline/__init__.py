"""The door to 12345 and 12319."""
