"""Loop-written twins of the transfer losses."""

import math

from torch import Tensor

from finsta.graphs.batch import GraphBatch, HolisticBatch
from finsta.graphs.scene_graph import NodeKind


def softmax(values: list[float]) -> list[float]:
    largest = max(values)
    weights = [math.exp(value - largest) for value in values]
    return [weight / sum(weights) for weight in weights]


def relational_loss(teacher: list[list[float]], student: list[list[float]], temperature: float) -> float:
    def rows(target: list[list[float]], logits: list[list[float]]) -> float:
        total = 0.0
        for row, answer in zip(target, logits, strict=True):
            p, q = softmax([value / temperature for value in row]), softmax(answer)
            total += sum(a * (math.log(a) - math.log(b)) for a, b in zip(p, q, strict=True) if a > 0)
        return total / len(target)

    def columns(matrix: list[list[float]]) -> list[list[float]]:
        return [list(column) for column in zip(*matrix, strict=True)]

    return (rows(teacher, student) + rows(columns(teacher), columns(student))) / 2


def cosine(a: Tensor, b: Tensor) -> float:
    dot = sum(float(x) * float(y) for x, y in zip(a, b, strict=True))
    lengths = math.sqrt(sum(float(x) ** 2 for x in a)) * math.sqrt(sum(float(y) ** 2 for y in b))
    return dot / lengths


def graph_similarity(text: Tensor, video: Tensor, batch: HolisticBatch) -> list[list[float]]:
    matrix = []
    for i in range(batch.text.num_graphs):
        row = []
        for j in range(batch.video.num_graphs):
            total = mass = 0.0
            for node in range(batch.text.num_nodes):
                if int(batch.text.graph_index[node]) != i:
                    continue
                for kind in (NodeKind.OBJECT, NodeKind.PREDICATE):
                    if not bool(batch.text.is_kind(kind)[node]):
                        continue
                    weight = float(batch.text.confidence[node])
                    total += weight * _best_track(text[node], video, batch.video, kind, j)
                    mass += weight
            row.append(total / mass if mass else 0.0)
        matrix.append(row)
    return matrix


def _best_track(state: Tensor, video: Tensor, graphs: GraphBatch, kind: NodeKind, j: int) -> float:
    cosines = []
    for track in range(graphs.num_tracks):
        nodes = [
            node
            for node in range(graphs.num_nodes)
            if int(graphs.track_index[node]) == track
            and int(graphs.graph_index[node]) == j
            and bool(graphs.is_kind(kind)[node])
        ]
        if nodes:
            weights = [float(graphs.confidence[node]) for node in nodes]
            mean = sum(w * video[n] for w, n in zip(weights, nodes, strict=True)) / sum(weights)
            cosines.append(cosine(state, mean))
    return max(cosines) if cosines else 0.0
