"""The sections of ``benchmarks/query.py``, a module each."""
