"""综合评价 (evaluation). What other modules may use stands in `selectors` and `services`."""
