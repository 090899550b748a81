"""Training of the relation head of video graphs."""
