"""Pages of the registers of buildings."""
