"""核心业务层: four boards. A board never imports another board."""
