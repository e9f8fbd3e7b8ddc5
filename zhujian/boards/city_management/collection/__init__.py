"""监管数据无线采集. What other modules may use of it stands in `selectors`."""
