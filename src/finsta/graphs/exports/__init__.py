"""Graphs in the forms that other tools read; ``finsta.graphs.serialization`` holds our own JSON.

Each module holds one form: ``factual`` (text), ``triplets`` (words), ``graphml`` (XML), ``networkx_graph``, ``pyg``; of
videos ``vidvrd_results``, ``vidvrd_annotation``, ``coco_boxes``, which stand on ``trajectories``.
"""
