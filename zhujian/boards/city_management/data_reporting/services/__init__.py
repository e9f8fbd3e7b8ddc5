"""What may be done: capture changes, push them, receive others', mend rejected records, reconcile days."""
