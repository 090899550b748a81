"""Graphs as one self-contained HTML page; imports nothing of finsta but the graphs."""
