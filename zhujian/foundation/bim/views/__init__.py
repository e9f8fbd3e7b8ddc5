"""Pages and addresses of the BIM intake."""
