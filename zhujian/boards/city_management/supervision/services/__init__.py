"""What may be done in supervision, one module per subject."""
