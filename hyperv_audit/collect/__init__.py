"""What is asked of a target, and how the answer is kept."""
