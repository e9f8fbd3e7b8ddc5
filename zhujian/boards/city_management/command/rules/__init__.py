"""What the standards and a city's rules say about the loop; pure: values in, values or reasons out."""
