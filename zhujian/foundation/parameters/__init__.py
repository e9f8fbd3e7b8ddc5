"""Dated parameters and code lists: law is data, and every result can say which version it used."""
