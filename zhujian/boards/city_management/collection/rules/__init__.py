"""What the standards say about patrols and photos; pure."""
