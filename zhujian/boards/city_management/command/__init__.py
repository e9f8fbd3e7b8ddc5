"""指挥协调: the closed loop of city management, from a report to the checked and closed case."""
