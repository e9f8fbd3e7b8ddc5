"""业务登记. What other modules may use of it stands in `selectors`."""
