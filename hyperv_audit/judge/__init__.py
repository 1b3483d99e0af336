"""What it means: recommendations, applicability, verdicts."""
