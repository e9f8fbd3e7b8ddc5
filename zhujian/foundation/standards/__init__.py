"""标准规范: which standards the province works by, and the data elements they define (foundation.md §14b)."""
