"""A vocabulary, captions and a network small enough to follow by hand; no spaCy."""

from functools import cache

import numpy as np
import torch

from finsta.text.learned.anchors import anchor_names, associate
from finsta.text.learned.batch import Batcher, CaptionBatch
from finsta.text.learned.caption import Caption
from finsta.text.learned.network import VECTOR_WIDTH, Labels, ParserNetwork, make_labels, parser_loss
from finsta.text.learned.supervision import make_target
from finsta.text.learned.vocabulary import Vocabulary, build_vocabulary

TAGS = {"a": "DT", "the": "DT", "on": "IN", "is": "VBZ", "riding": "VBG", "sits": "VBZ", "red": "JJ", "two": "CD"}
LEMMAS = {"riding": "ride", "sits": "sit", "is": "be", "horses": "horse", "lying": "lie"}


def caption(text: str) -> Caption:
    words = text.split()
    vectors = [np.random.default_rng(sum(map(ord, word))).standard_normal(VECTOR_WIDTH) for word in words]
    return Caption(
        words=tuple(words),
        lemmas=tuple(LEMMAS.get(word, word) for word in words),
        tags=tuple(TAGS.get(word, "NN") for word in words),
        dependencies=tuple("dep" for _ in words),
        heads=tuple(max(0, index - 1) for index in range(len(words))),
        vectors=np.asarray(vectors, dtype=np.float32).reshape(-1, VECTOR_WIDTH),
    )


PAIRS = [
    (caption(text), facts)
    for text, facts in [
        ("a man riding a horse", (("man", "ride", "horse"),)),
        ("the cat sits on the red chair", (("cat", "sit on", "chair"), ("chair", "is", "red"))),
        ("two horses", (("horses", "is", "2"),)),
        ("a dog on a chair", (("dog", "on", "chair"),)),
    ]
] * 3


def vocabulary() -> Vocabulary:
    association = associate(PAIRS)
    return build_vocabulary(PAIRS, [anchor_names(*pair, association) for pair in PAIRS])


def network(seed: int = 0) -> tuple[ParserNetwork, Batcher]:
    torch.manual_seed(seed)
    words = vocabulary()
    return ParserNetwork(words, width=16, hidden=8).eval(), Batcher(words)


def labels_of(batcher: Batcher) -> tuple[CaptionBatch, Labels]:
    """The four captions as a batch, with what should be said of them."""
    inventory = batcher.vocabulary.inventory
    targets = [make_target(one, facts, anchor_names(one, facts), inventory) for one, facts in PAIRS[:4]]
    batch = batcher([one for one, _ in PAIRS[:4]])
    return batch, make_labels(targets, batch.mask)


@cache
def learned_by_heart() -> tuple[ParserNetwork, Batcher, float]:
    """A network that knows the four captions, and how far its loss fell: last over first."""
    net, batcher = network()
    batch, labels = labels_of(batcher)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.03)
    losses = []
    for _ in range(80):
        optimizer.zero_grad()
        loss = parser_loss(net(batch, labels), labels, batch.mask)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return net, batcher, losses[-1] / losses[0]
