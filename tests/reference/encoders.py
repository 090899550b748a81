"""Twins of the encoders' equations: one node, one head, one neighbour at a time, straight from their docstrings.

They read the parameters of the module under test, and none of its code.
"""

import math

import torch

from finsta.graphs.batch import EDGE_TYPES, NODE_KINDS
from finsta.graphs.scene_graph import NodeKind

SELF = EDGE_TYPES.index("self")
FROM_VIDEO = EDGE_TYPES.index("cross_modal_coreference_reversed")


def linear(module, row):
    out = module.weight @ row
    return out if module.bias is None else out + module.bias


def layer_norm(module, row):
    centred = row - row.mean()
    normal = centred / (centred.square().mean() + 1e-5).sqrt()
    return normal if module is None else normal * module.weight + module.bias


def gelu(row):
    return 0.5 * row * (1 + torch.erf(row / math.sqrt(2)))


def edges_into(batch, node):
    return [e for e in range(batch.edge_index.shape[1]) if int(batch.edge_index[1, e]) == node]


def attention_weights(module, x, batch, node, head, bias=None):
    """{edge: weight} over the edges that enter a node."""
    width = x.shape[1] // module.heads
    rows = slice(head * width, (head + 1) * width)
    scores = {}
    for edge in edges_into(batch, node):
        source, kind = int(batch.edge_index[0, edge]), int(batch.edge_type[edge])
        query = module.query.weight[rows] @ x[node] * module.edge_factor[kind, head]
        key = module.key.weight[rows] @ x[source]
        score = (query * key).sum() / math.sqrt(width)
        score = score + module.confidence_power[head] * math.log(max(float(batch.edge_weight[edge]), 1e-4))
        scores[edge] = score if bias is None else score + bias[edge, head]
    total = sum(score.exp() for score in scores.values())
    return {edge: score.exp() / total for edge, score in scores.items()}


def attention(module, x, batch, bias=None):
    width = x.shape[1] // module.heads
    out = []
    for node in range(len(x)):
        heads = []
        for head in range(module.heads):
            value = module.value.weight[head * width : (head + 1) * width]
            weights = attention_weights(module, x, batch, node, head, bias)
            heads.append(sum(weight * (value @ x[int(batch.edge_index[0, e])]) for e, weight in weights.items()))
        out.append(module.output.weight @ torch.cat(heads))
    return torch.stack(out)


def finish(layer, row, update):
    row = layer_norm(layer.attention_norm, row + update)
    hidden = gelu(linear(layer.feed_forward.expand, row))
    return layer_norm(layer.feed_forward_norm, row + linear(layer.feed_forward.contract, hidden))


def edge_state_layer(layer, x, batch, edges):
    """(update of the nodes before the residual, edge states after the layer), edge by edge, head by head."""
    module, width = layer.attention, x.shape[1] // layer.attention.heads
    products, scores = [], []
    for edge in range(batch.edge_index.shape[1]):
        source, target = batch.edge_index[:, edge].tolist()
        factor = layer.edges.factor.weight @ edges[edge]
        parts = []
        for head in range(module.heads):
            rows = slice(head * width, (head + 1) * width)
            query, key = module.query.weight[rows] @ x[target], module.key.weight[rows] @ x[source]
            multiplied = module.edge_factor[int(batch.edge_type[edge]), head] + factor[rows]
            parts.append(query * multiplied * key / math.sqrt(width))
        confidence = math.log(max(float(batch.edge_weight[edge]), 1e-4))
        scores.append([part.sum() + module.confidence_power[head] * confidence for head, part in enumerate(parts)])
        products.append(torch.cat(parts))
    out = []
    for node in range(len(x)):
        into, heads = edges_into(batch, node), []
        for head in range(module.heads):
            value = module.value.weight[head * width : (head + 1) * width]
            total = sum(scores[e][head].exp() for e in into)
            heads.append(sum(scores[e][head].exp() / total * (value @ x[int(batch.edge_index[0, e])]) for e in into))
        out.append(module.output.weight @ torch.cat(heads))
    return torch.stack(out), [_edge_state_after(layer.edges, e, p) for e, p in zip(edges, products, strict=True)]


def _edge_state_after(module, edge, product):
    if not module.updates:
        return edge
    edge = layer_norm(module.output_norm, edge + module.output.weight @ product)
    hidden = gelu(linear(module.feed_forward.expand, edge))
    return layer_norm(module.feed_forward_norm, edge + linear(module.feed_forward.contract, hidden))


def graph_transformer_with_edge_states(stack, x, batch):
    kinds = [int(kind) for kind in batch.edge_type]
    edges = [stack.edge_start.table[k] * float(w) for k, w in zip(kinds, batch.edge_weight, strict=True)]
    for layer in stack.layers:
        update, edges = edge_state_layer(layer, x, batch, edges)
        x = torch.stack([finish(layer, x[node], update[node]) for node in range(len(x))])
    return x


def graph_transformer_layer(layer, x, batch):
    attended = attention(layer.attention, x, batch)
    return torch.stack([finish(layer, x[node], attended[node]) for node in range(len(x))])


def linear_recurrence(decay, value):
    states = [torch.zeros_like(value[0])]
    for d, v in zip(decay, value, strict=True):
        states.append(d * states[-1] + v)
    return torch.stack(states[1:])


def recurrent_layer(module, x, batch):
    """Both recurrences, one node after the other in order of time."""
    attended = attention(module.layer.attention, x, batch)
    update, out = {}, {}
    for node in sorted(range(len(x)), key=lambda n: int(batch.frame_index[n])):
        past = int(batch.previous[node])
        if past < 0:
            update[node] = attended[node]
        else:
            reads = x[past] if module.recurrence == "scan" else out[past]
            gate = linear(module.gate, torch.cat([attended[node], reads])).sigmoid()
            from_past = update[past] if module.recurrence == "scan" else module.memory.weight @ out[past]
            update[node] = (1 - gate) * attended[node] + gate * from_past
        out[node] = finish(module.layer, x[node], update[node])
    return torch.stack([out[node] for node in range(len(x))])


def past_in_shot(batch, node):
    """The node's last occurrence, or None; a cut ends every past."""
    past = int(batch.previous[node])
    return None if past < 0 or int(batch.shot_index[past]) != int(batch.shot_index[node]) else past


def kernel(change, sigma):
    return 1 - torch.exp(-(change[0] ** 2 + change[1] ** 2) / (2 * sigma**2))


def relative_change(batch, first, second):
    """(c_second - c_first) now, less the same at their previous key frame; None if that is not one and the same."""
    before, other = past_in_shot(batch, first), past_in_shot(batch, second)
    if before is None or other is None or int(batch.frame_index[before]) != int(batch.frame_index[other]):
        return None
    center = batch.center.double()
    return (center[second] - center[first]) - (center[other] - center[before])


def object_motion(batch, node, sigma):
    """(median, mean) of the kernel over the other common objects; the object's own kernel where they are too few."""
    past = past_in_shot(batch, node)
    if past is None:
        return torch.zeros_like(sigma), torch.zeros_like(sigma)
    changes = []
    for other in range(batch.num_nodes):
        same_frame = all(
            int(column[other]) == int(column[node]) for column in (batch.graph_index, batch.frame_index, batch.modality)
        )
        if other != node and same_frame and NODE_KINDS[int(batch.node_kind[other])] is NodeKind.OBJECT:
            changes.append(relative_change(batch, node, other))
    kernels = sorted(
        (kernel(change, sigma) for change in changes if change is not None), key=lambda value: value.item()
    )
    if len(kernels) < 2:
        own = kernel(batch.center[node].double() - batch.center[past].double(), sigma)
        return own, own
    return kernels[(len(kernels) - 1) // 2], sum(kernels) / len(kernels)


def motion_of_nodes(batch, sigma):
    """For one head, the motion of each node: value of the median, gradient of the mean."""
    motion = {}
    kinds = [NODE_KINDS[int(kind)] for kind in batch.node_kind]
    visual = [int(modality) == 1 for modality in batch.modality]
    for node in range(batch.num_nodes):
        if visual[node] and kinds[node] is NodeKind.OBJECT:
            median, mean = object_motion(batch, node, sigma)
            motion[node] = median.detach() + (mean - mean.detach())
    for node in range(batch.num_nodes):
        anchors = [int(anchor) for anchor in batch.anchor[node] if int(anchor) >= 0]
        if visual[node] and kinds[node] in (NodeKind.PREDICATE, NodeKind.PREDICATE_ATTRIBUTE):
            change = relative_change(batch, *anchors) if len(anchors) == 2 else None
            known = [motion[anchor] for anchor in anchors if past_in_shot(batch, anchor) is not None]
            mean = sum(known) / len(known) if known else torch.zeros_like(sigma)
            motion[node] = mean if change is None else kernel(change, sigma)
        elif visual[node] and kinds[node] is NodeKind.ATTRIBUTE:
            motion[node] = motion[anchors[0]] if anchors else torch.zeros_like(sigma)
    for node in range(batch.num_nodes):
        if not visual[node] and kinds[node] in (NodeKind.OBJECT, NodeKind.PREDICATE):
            links = [e for e in edges_into(batch, node) if int(batch.edge_type[e]) == FROM_VIDEO]
            weights = [float(batch.edge_weight[e]) for e in links]
            partners = [motion[int(batch.edge_index[0, e])] for e in links]
            weighted = sum(w * m for w, m in zip(weights, partners, strict=True))
            motion[node] = weighted / sum(weights) if links else torch.zeros_like(sigma)
    for node in range(batch.num_nodes):
        if not visual[node] and kinds[node] in (NodeKind.ATTRIBUTE, NodeKind.PREDICATE_ATTRIBUTE):
            owner = int(batch.anchor[node, 0])
            motion[node] = motion[owner] if owner >= 0 else torch.zeros_like(sigma)
    return [motion[node] for node in range(batch.num_nodes)]


def is_born(batch, node):
    """Visual, without a past in its shot, and something visual was there in an earlier key frame of the shot."""
    if int(batch.modality[node]) == 0 or past_in_shot(batch, node) is not None:
        return False
    return any(
        int(batch.modality[other]) == 1
        and int(batch.graph_index[other]) == int(batch.graph_index[node])
        and int(batch.shot_index[other]) == int(batch.shot_index[node])
        and int(batch.frame_index[other]) < int(batch.frame_index[node])
        for other in range(batch.num_nodes)
    )


def change_of(module, x, batch, node):
    """D: what changed since the last occurrence; the birth embedding of what was born."""
    past = past_in_shot(batch, node)
    if past is not None:
        return x[node] - x[past]
    return module.birth if is_born(batch, node) else torch.zeros_like(x[node])


def gaussian_differential_layer(module, x, batch):
    heads, width = module.attention.heads, x.shape[1] // module.attention.heads
    sigma = module.log_kernel_width.exp()
    motion = [motion_of_nodes(batch, sigma[head]) for head in range(heads)]
    change = [change_of(module, x, batch, node) for node in range(len(x))]
    bias = {}
    for edge in range(batch.edge_index.shape[1]):
        for head in range(heads):
            still = int(batch.edge_type[edge]) == SELF
            g = 0.0 * sigma[head] if still else motion[head][int(batch.edge_index[0, edge])]
            bias[edge, head] = module.motion_power[head] * (0.01 + g).log()
    out = []
    for node in range(len(x)):
        parts = []
        for head in range(heads):
            value = module.attention.value.weight[head * width : (head + 1) * width]
            weights = attention_weights(module.attention, x, batch, node, head, bias)
            differences = {
                e: change[int(batch.edge_index[0, e])] - module.own_change[head] * change[node] for e in weights
            }
            total = sum(weight * (value @ differences[e]) for e, weight in weights.items())
            moves = motion[head][node] if past_in_shot(batch, node) is not None else 0.0
            parts.append(moves * total)
        born = module.birth if is_born(batch, node) else 0.0
        out.append(x[node] + module.attention.output.weight @ torch.cat(parts) + born)
    return torch.stack(out)


def node_content(module, batch, features, node, *, withheld):
    label = module.label.weight @ layer_norm(None, features.label[node])
    label = module.unknown_label if withheld and int(batch.modality[node]) == 1 else label
    return label + module.region.weight @ layer_norm(None, features.region[node])


def node_embedding(module, batch, node, content):
    x1, y1, x2, y2 = batch.box[node].tolist()
    box = torch.tensor([x1, y1, x2, y2, x2 - x1, y2 - y1], dtype=content.dtype)
    phases = [2 * math.pi * float(batch.time[node]) / (0.5 * 32768.0 ** (wave / 31)) for wave in range(32)]
    waves = [math.sin(phase) for phase in phases] + [math.cos(phase) for phase in phases]
    place = module.box.weight @ box + module.time.weight @ torch.tensor(waves, dtype=content.dtype)
    kind = module.kind.weight[batch.node_kind[node]] + module.modality.weight[batch.modality[node]]
    doubt = (1 - float(batch.confidence[node])) * module.doubt
    return layer_norm(module.norm, content + place + kind + doubt)


def stream(module, x, batch):
    for index, layer in enumerate(module.recurrent):
        x = recurrent_layer(layer, x, batch)
        if index < len(module.recurrent) - 1 and len(module.motion):
            x = gaussian_differential_layer(module.motion[index], x, batch)
    return x


def graph_encoder(module, batch, text, video):
    """(text, video, union) in the arrangement of the paper; all visual labels withheld."""
    embedding = module.embedding

    def start(graphs, features):
        content = [node_content(embedding, graphs, features, n, withheld=True) for n in range(graphs.num_nodes)]
        return content, torch.stack([node_embedding(embedding, graphs, n, c) for n, c in enumerate(content)])

    text_content, x = start(batch.text, text)
    for layer in module.text.layers:
        x = graph_transformer_layer(layer, x, batch.text)
    video_content, y = start(batch.video, video)
    y = stream(module.video, y, batch.video)
    rows = []
    for node in range(batch.union.num_nodes):
        origin = int(batch.union.origin[node])
        states, contents = (y, video_content) if int(batch.union.modality[node]) == 1 else (x, text_content)
        rows.append(states[origin] + node_embedding(embedding, batch.union, node, contents[origin]))
    return x, y, stream(module.union, torch.stack(rows), batch.union)
