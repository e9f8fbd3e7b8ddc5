"""What may be done to a project: register it, carry its steps, issue its papers, change its permits."""
