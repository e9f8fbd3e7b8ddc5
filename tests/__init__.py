"""Tests that cross modules: journeys in a real browser, contracts, authorisation matrix, faults."""
