"""What ``benchmarks/data.py`` measures, one module a section."""
