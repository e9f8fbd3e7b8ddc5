"""公众服务: reports by anybody, Open311, work orders of 12345 and 12319, call-backs."""
