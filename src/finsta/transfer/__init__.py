"""Hosts, and what carries the knowledge of the graphs into them."""
