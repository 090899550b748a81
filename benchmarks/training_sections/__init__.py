"""What `benchmarks/training.py` measures, a section a file."""
