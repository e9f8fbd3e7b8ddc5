"""Pages and JSON of field collection."""
