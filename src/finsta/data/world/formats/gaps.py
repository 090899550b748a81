"""A caption with a gap where the colour of a thing stood."""

from dataclasses import replace

from finsta.data.world.formats.captions import claim_of
from finsta.data.world.formats.clips import WorldClip
from finsta.data.world.vocabulary import COLOURS
from finsta.data.world.wording import word

GAP = "_____"


def gap(clip: WorldClip, use: str) -> tuple[str, str, str] | None:
    """A caption, the same with a gap, and the word of the gap; None where every colour is said twice.

    Things that act differ in colour, so that words alone leave the colours that are not named, as likely as each other.
    The things have "the": "an" would tell the one colour that begins with a vowel.
    """
    rng = clip.rng(use)
    graph = word(replace(claim_of(clip, rng), definite=True)).graph
    nodes = [node for node in graph.nodes if node.lemma in COLOURS and len(node.mentions) == 1]
    if not nodes:
        return None
    node = nodes[rng.integers(len(nodes))]
    start, end = node.mentions[0]
    return graph.text, f"{graph.text[:start]}{GAP}{graph.text[end:]}", node.lemma
