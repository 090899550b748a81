"""What ``benchmarks/world_formats.py`` measures, one module a section."""
