"""Experiments: runs that compare, on the same pairs and steps, a host, its fair control, and Finsta."""
