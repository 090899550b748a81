"""What ``benchmarks/video_graphs.py`` measures, one module a section."""
