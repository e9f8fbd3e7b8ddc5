"""Large imports: read, checked and saved by the worker, beside requests. A killed worker leaves nothing half saved (docs/resources.md)."""
