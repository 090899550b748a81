"""What `benchmarks/captions.py` compares with the reference implementation."""
