"""What is done in evaluation: rules are revised, periods frozen, tasks of the comprehensive evaluation worked on."""
