"""Coordinate tools for the office: a point, a pasted list, a clerk's table, from one frame to another that is named."""
