"""What `benchmarks/tasks.py` runs."""
