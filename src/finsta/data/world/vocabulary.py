"""What things look like and what they do: shapes, colours, textures, verbs, adverbs, and what training never sees."""

from dataclasses import dataclass

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (222, 30, 38),
    "orange": (250, 135, 10),
    "yellow": (250, 228, 40),
    "green": (20, 160, 50),
    "cyan": (40, 215, 225),
    "blue": (25, 60, 225),
    "purple": (135, 35, 175),
    "pink": (255, 140, 200),
}
"""RGB of each colour."""

NOUNS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "ball"),
    "square": ("square", "box"),
    "triangle": ("triangle",),
    "star": ("star",),
    "cross": ("cross",),
    "heart": ("heart",),
    "diamond": ("diamond",),
}
"""The words for each shape; the label in the video graph is the key."""

SHAPES = tuple(NOUNS)
TEXTURES = ("plain", "striped", "dotted")
RADII = {"small": 0.085, "large": 0.125}
"""Circumscribed radius by size, in widths of the frame."""

ADVERBS: dict[str, tuple[str, ...]] = {"slowly": ("slowly", "gradually"), "quickly": ("quickly", "rapidly")}
"""The words for each pace, in matching order; the label in the video graph is the key."""

Band = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One kind of event.

    Attributes:
        forms: Two ways to say it, each as third person, participle and lemma, preposition included.
        binary: Whether it takes an object.
        slow: Range of the speed called slow. In widths of the frame per second, unless said otherwise in ``unit``.
        quick: Range of the speed called quick; well above ``slow``.
        seconds: Range of the duration, drawn without regard to the pace, so that intervals do not betray adverbs.
        passive: Past participle, where a passive sounds natural.
        unit: What the speed measures.
    """

    forms: tuple[tuple[str, str, str], tuple[str, str, str]]
    binary: bool
    slow: Band = (0.13, 0.19)
    quick: Band = (0.36, 0.46)
    seconds: Band = (1.0, 1.375)
    passive: str | None = None
    unit: str = "widths/s"

    def band(self, adverb: str | None) -> Band:
        """The range of speeds that an adverb stands for; all speeds for a verb that takes none."""
        return {"slowly": self.slow, "quickly": self.quick}.get(adverb or "", (self.slow[0], self.quick[1]))


def _form(third: str, participle: str, lemma: str, rest: str = "") -> tuple[str, str, str]:
    return f"{third} {rest}".strip(), f"{participle} {rest}".strip(), f"{lemma} {rest}".strip()


_PASS = {"slow": (0.34, 0.40), "quick": (0.60, 0.68), "seconds": (1.25, 1.375)}
_EDGE = {"slow": (0.22, 0.27), "quick": (0.45, 0.55), "seconds": (1.125, 1.375)}
_SIZE = {"slow": (0.28, 0.36), "quick": (0.70, 0.80), "seconds": (1.0, 1.25), "unit": "growth rate/s"}

VERBS: dict[str, Verb] = {
    "approach": Verb(
        forms=(_form("approaches", "approaching", "approach"), _form("moves", "moving", "move", "toward")),
        binary=True,
        passive="approached",
    ),
    "move away from": Verb(
        forms=(_form("moves", "moving", "move", "away from"), _form("retreats", "retreating", "retreat", "from")),
        binary=True,
    ),
    "push": Verb(
        forms=(_form("pushes", "pushing", "push"), _form("shoves", "shoving", "shove")), binary=True, passive="pushed"
    ),
    "follow": Verb(
        forms=(_form("follows", "following", "follow"), _form("chases", "chasing", "chase")),
        binary=True,
        passive="followed",
    ),
    "circle": Verb(
        forms=(_form("circles", "circling", "circle"), _form("moves", "moving", "move", "around")),
        binary=True,
        slow=(155.0, 172.0),
        quick=(310.0, 370.0),
        seconds=(2.0, 2.375),
        passive="circled",
        unit="degrees/s",
    ),
    "jump over": Verb(
        forms=(_form("jumps", "jumping", "jump", "over"), _form("leaps", "leaping", "leap", "over")),
        binary=True,
        slow=(0.58, 0.70),
        quick=(0.94, 1.12),
        seconds=(1.125, 1.25),
    ),
    "pass behind": Verb(
        forms=(_form("passes", "passing", "pass", "behind"), _form("goes", "going", "go", "behind")),
        binary=True,
        **_PASS,  # type: ignore[arg-type]
    ),
    "pass in front of": Verb(
        forms=(_form("passes", "passing", "pass", "in front of"), _form("goes", "going", "go", "in front of")),
        binary=True,
        **_PASS,  # type: ignore[arg-type]
    ),
    "hit": Verb(
        forms=(_form("hits", "hitting", "hit"), _form("strikes", "striking", "strike")),
        binary=True,
        seconds=(1.25, 1.5),
        passive="hit",
    ),
    "touch": Verb(
        forms=(_form("touches", "touching", "touch"), _form("bumps", "bumping", "bump", "into")),
        binary=True,
        passive="touched",
    ),
    "enter": Verb(
        forms=(_form("enters", "entering", "enter"), _form("comes", "coming", "come", "in")),
        binary=False,
        **_EDGE,  # type: ignore[arg-type]
    ),
    "leave": Verb(
        forms=(_form("leaves", "leaving", "leave"), _form("goes", "going", "go", "out")),
        binary=False,
        **_EDGE,  # type: ignore[arg-type]
    ),
    "grow": Verb(
        forms=(_form("grows", "growing", "grow"), _form("expands", "expanding", "expand")),
        binary=False,
        **_SIZE,  # type: ignore[arg-type]
    ),
    "shrink": Verb(
        forms=(_form("shrinks", "shrinking", "shrink"), _form("contracts", "contracting", "contract")),
        binary=False,
        **_SIZE,  # type: ignore[arg-type]
    ),
    "spin": Verb(
        forms=(_form("spins", "spinning", "spin"), _form("rotates", "rotating", "rotate")),
        binary=False,
        slow=(30.0, 45.0),
        quick=(100.0, 116.0),
        seconds=(1.125, 1.5),
        unit="degrees/s",
    ),
    "bounce": Verb(
        forms=(_form("bounces", "bouncing", "bounce"), _form("hops", "hopping", "hop")),
        binary=False,
        slow=(1.0, 1.34),
        quick=(2.4, 2.9),
        seconds=(1.5, 2.0),
        unit="hops/s",
    ),
    "stop": Verb(
        forms=(_form("stops", "stopping", "stop"), _form("halts", "halting", "halt")),
        binary=False,
        slow=(0.18, 0.25),
        quick=(0.25, 0.36),
        seconds=(1.125, 1.375),
    ),
}

ADVERBLESS = frozenset({"stop"})
"""Verbs of which a pace is not said: what stops slowly was not slow."""

_OVERLAPPING = {
    frozenset(pair)
    for pair in (
        *(("approach", other) for other in ("pass behind", "pass in front of", "hit", "touch", "jump over")),
        *(("move away from", other) for other in ("pass behind", "pass in front of", "hit", "jump over")),
        *(("push", other) for other in ("follow", "hit", "touch")),
        *(("touch", other) for other in ("hit", "pass behind", "pass in front of")),
        *(("stop", other) for other in ("enter", "bounce", "spin")),
        ("circle", "jump over"),
    )
}


def rivals(predicate: str) -> list[str]:
    """Predicates that a clip of ``predicate`` makes false: same number of arguments, neither part of the other."""
    return [
        other
        for other, verb in VERBS.items()
        if other != predicate
        and verb.binary == VERBS[predicate].binary
        and frozenset((predicate, other)) not in _OVERLAPPING
    ]


HELD_OUT_LOOKS = frozenset(
    (tuple(COLOURS)[(3 * place + 1) % len(COLOURS)], shape) for place, shape in enumerate(SHAPES)
)
"""Pairs of colour and shape that only test clips show: one for each shape, each of another colour."""

HELD_OUT_PACES = frozenset(
    {
        ("push", "quickly"),
        ("circle", "slowly"),
        ("pass behind", "quickly"),
        ("approach", "slowly"),
        ("leave", "quickly"),
        ("spin", "slowly"),
    }
)
"""Pairs of verb and adverb that only test clips show: as many slow ones as quick ones."""
