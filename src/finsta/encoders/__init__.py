"""Graph encoders: GTrm for text, R-GTrm and STGD-GTrm for video and for the union of both.

:class:`finsta.encoders.graph_encoder.GraphEncoder` arranges them; everything here sees tensors only.
"""
