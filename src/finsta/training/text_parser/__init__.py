"""Training of the learned text parser."""
