"""监督检查: tasks from the province to its cities and back, circulars, opinion, emergencies, checks on site, consultation, cameras."""
