"""What to show: one result stream, and every output made from it."""
