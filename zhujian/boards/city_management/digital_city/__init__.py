"""数字化城市管理: unit grids, filing conditions with their limits."""
