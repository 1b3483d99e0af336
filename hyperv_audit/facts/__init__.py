"""What was seen: typed, immutable, without I/O."""
