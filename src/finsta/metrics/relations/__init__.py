"""How well scene graphs of videos agree with gold: relations in frames, relations in time, and all of it at once.

=================  =============================================================================================
``recall``         R@K and mR@K of the scene graph of each frame: PredCls, SGCls, SGDet
``detection``      relations as trajectories: mAP, R@50/100, tagging P@1/5/10 at vIoU 0.5
``timing``         relations between tracks as intervals, for recall and precision in time
``from_graphs``    the arrays that these compare, from dynamic scene graphs
``evaluation``     every metric over two sets of graphs; what ``finsta evaluate-graphs`` runs
=================  =============================================================================================
"""

from finsta.metrics.relations.constraints import ACTION_GENOME, ONE_GROUP, PredicateGroups
from finsta.metrics.relations.detection import RelationDetection, relation_detection, unseen
from finsta.metrics.relations.frames import FramePair, FrameRelations
from finsta.metrics.relations.recall import SceneGraphRecall, scene_graph_recall

__all__ = [
    "ACTION_GENOME",
    "ONE_GROUP",
    "FramePair",
    "FrameRelations",
    "PredicateGroups",
    "RelationDetection",
    "SceneGraphRecall",
    "relation_detection",
    "scene_graph_recall",
    "unseen",
]
