"""Slow, plain, loop-written twins of the equations, one module for each room."""
