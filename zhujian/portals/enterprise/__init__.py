"""企业办事大厅: an enterprise's projects, tasks, deadlines and certificates, and where to begin a new project."""
