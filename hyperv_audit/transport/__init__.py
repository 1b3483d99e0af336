"""How a target is reached."""
