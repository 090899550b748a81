"""Graph encoders: GTrm for text, R-GTrm and STGD-GTrm for video and for the union of both.

:class:`GraphEncoder` arranges them; everything here sees tensors only.
"""

from finsta.encoders.embedding import NodeFeatures
from finsta.encoders.graph_encoder import EncodedGraphs, EncoderState, GraphEncoder
from finsta.encoders.streaming import Chunk, StreamingEncoder, chunks

__all__ = ["Chunk", "EncodedGraphs", "EncoderState", "GraphEncoder", "NodeFeatures", "StreamingEncoder", "chunks"]
