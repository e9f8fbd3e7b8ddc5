"""CIM基础平台: buildings with their units, levels of detail, links to projects, models and sensors, and the city in two and three dimensions."""
