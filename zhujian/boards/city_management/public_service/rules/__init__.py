"""What the standards say about reports of citizens, work orders and call-backs. Pure."""
