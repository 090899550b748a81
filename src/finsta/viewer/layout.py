"""Where the nodes of a scene graph stand, and which way its wires run.

Objects stand in a column. To the left of each is what it has or does alone: attributes, intransitive predicates. To the
right are the relations: a wire from object to object for each set of objects that are related, in lanes so that no two
wires overlap, with its predicates in the gaps between the rows, so that no wire runs through a label. Deterministic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from finsta.graphs.scene_graph import Edge, EdgeKind, NodeKind
from finsta.viewer.drawing import PILL_HEIGHT, Drawing, NodeView, Pill, Wire, pill_width

LINE = 24.0
ROW_GAP = 12.0
SPACE = 6.0
CORNER = 7.0
MARGIN = 8.0
TOUCH = 2.5


@dataclass(kw_only=True)
class _Row:
    """An object and what hangs on it alone; a row without an object holds what hangs on nothing."""

    thing: NodeView | None
    attributes: list[NodeView] = field(default_factory=list)
    alone: list[NodeView] = field(default_factory=list)
    arrows: dict[int, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[list[NodeView]]:
        return [line for line in (self.attributes, self.alone) if line]


@dataclass(kw_only=True)
class _Group:
    """Predicates that join the same rows, with their modifiers; ``arrows`` by predicate."""

    rows: tuple[int, ...]
    stack: list[NodeView] = field(default_factory=list)
    arrows: dict[int, str] = field(default_factory=dict)
    ends: set[tuple[frozenset[int], frozenset[int]]] = field(default_factory=set)
    lane: int = 0
    gap: int = 0

    @property
    def height(self) -> float:
        return len(self.stack) * (PILL_HEIGHT + 2)


def draw(nodes: Sequence[NodeView], edges: Sequence[Edge]) -> Drawing:
    """Lay out a scene graph. Every node appears exactly once; an empty graph gives an empty drawing."""
    rows, groups = _arrange(nodes, edges)
    _assign_lanes(groups)
    gaps = _assign_gaps(groups, len(rows))
    tops = _row_tops(rows, gaps)
    left = max((_line_width(line, row) for row in rows for line in row.lines), default=0.0)
    column = MARGIN + (left + 2 * SPACE if left else 0.0)
    chips = [_chip(row, column, top) for row, top in zip(rows, tops, strict=True)]
    pills = [pill for row, top in zip(rows, tops, strict=True) for pill in _left(row, top, column)]
    wires = [wire for row, chip in zip(rows, chips, strict=True) for wire in _left_wires(row, chip, pills)]
    pills += [chip for row, chip in zip(rows, chips, strict=True) if row.thing is not None]
    start = max((chip.x + chip.width for chip in chips), default=0.0) + 3 * SPACE
    centres, right = _lanes(groups, start)
    for group in groups:
        wires += _wires(group, groups, chips, centres)
        pills += _stack(group, centres[group.lane], tops, rows, gaps)
    wires += _order_wires(edges, {pill.node.index: pill for pill in pills}, right)
    ordered = any(edge.kind is EdgeKind.TEMPORAL_ORDER for edge in edges)
    bottom = tops[-1] + _row_height(rows[-1]) + gaps[-1] if rows else 0.0
    return Drawing(
        width=right + MARGIN + (3 * SPACE if ordered else 0.0),
        height=bottom + MARGIN,
        pills=tuple(pills),
        wires=tuple(wires),
    )


def _arrange(nodes: Sequence[NodeView], edges: Sequence[Edge]) -> tuple[list[_Row], list[_Group]]:
    rows = [_Row(thing=node) for node in nodes if node.kind is NodeKind.OBJECT]
    place = {row.thing.index: number for number, row in enumerate(rows) if row.thing is not None}
    rest = _Row(thing=None)
    groups: dict[tuple[int, ...], _Group] = {}
    modifiers = _modifiers(nodes, edges)
    placed = {node.index for extra in modifiers.values() for node in extra}
    for node in nodes:
        if node.kind is NodeKind.OBJECT or node.index in placed:
            continue
        if node.kind is not NodeKind.PREDICATE:
            owner = next((e.source for e in edges if e.target == node.index and e.source in place), None)
            (rest if owner is None else rows[place[owner]]).attributes.append(node)
            continue
        subjects, objects = _ends(node, edges, place)
        joined = tuple(sorted(subjects | objects))
        if len(joined) < 2:
            row = rows[joined[0]] if joined else rest
            row.alone += [node, *modifiers.get(node.index, ())]
            row.arrows[node.index] = "object" if objects and not subjects else ""
            continue
        group = groups.setdefault(joined, _Group(rows=joined))
        group.stack += [node, *modifiers.get(node.index, ())]
        group.arrows[node.index] = _arrow(subjects, objects)
        group.ends.add((subjects, objects))
    return rows + ([rest] if rest.lines else []), list(groups.values())


def _modifiers(nodes: Sequence[NodeView], edges: Iterable[Edge]) -> Mapping[int, list[NodeView]]:
    by_index = {node.index: node for node in nodes}
    found: dict[int, list[NodeView]] = {}
    taken: set[int] = set()
    for edge in edges:
        if edge.kind is EdgeKind.PREDICATE_ATTRIBUTE and edge.target not in taken:
            taken.add(edge.target)
            found.setdefault(edge.source, []).append(by_index[edge.target])
    return found


def _ends(node: NodeView, edges: Iterable[Edge], place: Mapping[int, int]) -> tuple[frozenset[int], frozenset[int]]:
    subjects = (place[e.source] for e in edges if e.kind is EdgeKind.SUBJECT and e.target == node.index)
    objects = (place[e.target] for e in edges if e.kind is EdgeKind.OBJECT and e.source == node.index)
    return frozenset(subjects), frozenset(objects)


def _arrow(subjects: frozenset[int], objects: frozenset[int]) -> str:
    if not subjects or not objects:
        return ""
    return "↓" if min(subjects) < max(objects) and max(subjects) < max(objects) else "↑"


def _assign_lanes(groups: list[_Group]) -> None:
    """Short wires inside, each in the first lane where nothing is in its way."""
    groups.sort(key=lambda group: (group.rows[-1] - group.rows[0], group.rows))
    lanes: list[list[tuple[int, int]]] = []
    for group in groups:
        first, last = group.rows[0], group.rows[-1]
        free = (n for n, lane in enumerate(lanes) if all(last <= a or b <= first for a, b in lane))
        group.lane = next(free, len(lanes))
        if group.lane == len(lanes):
            lanes.append([])
        lanes[group.lane].append((first, last))


def _assign_gaps(groups: Iterable[_Group], rows: int) -> list[float]:
    """Heights of the gaps after each row; every group takes the gap that has to grow least, its middle one if equal."""
    gaps = [ROW_GAP] * max(rows - 1, 0) + [0.0]
    for group in groups:
        first, last = group.rows[0], group.rows[-1]
        needed = group.height + 2 * SPACE
        middle = (first + last - 1) / 2
        group.gap = min(range(first, last), key=lambda g: (max(needed - gaps[g], 0.0), abs(g - middle), g))
        gaps[group.gap] = max(gaps[group.gap], needed)
    return gaps


def _row_height(row: _Row) -> float:
    return LINE * max(len(row.lines), 1)


def _row_tops(rows: Sequence[_Row], gaps: Sequence[float]) -> list[float]:
    tops, top = [], MARGIN
    for row, gap in zip(rows, gaps, strict=False):
        tops.append(top)
        top += _row_height(row) + gap
    return tops


def _line_width(line: Sequence[NodeView], row: _Row) -> float:
    return sum(pill_width(node) + SPACE for node in line) + (3 * SPACE if row.thing else 0)


def _chip(row: _Row, column: float, top: float) -> Pill:
    """The object of a row; without one, a point at its place."""
    y = top + (_row_height(row) - PILL_HEIGHT) / 2
    node = row.thing or NodeView(index=-1, kind=NodeKind.OBJECT, label="")
    return Pill(node=node, x=column, y=y, width=pill_width(node) if row.thing else 0.0)


def _left(row: _Row, top: float, column: float) -> list[Pill]:
    pills = []
    for number, line in enumerate(row.lines):
        right = column - 3 * SPACE if row.thing else column
        for node in line if row.thing is None else reversed(line):
            width = pill_width(node)
            y = top + number * LINE + (LINE - PILL_HEIGHT) / 2
            pills.append(Pill(node=node, x=right - width, y=y, width=width))
            right -= width + SPACE
    return pills


def _left_wires(row: _Row, chip: Pill, pills: Sequence[Pill]) -> list[Wire]:
    """One short wire for each line; an arrow where the object is what an unnamed subject acts on."""
    if row.thing is None:
        return []
    found = {pill.node.index: pill for pill in pills}
    wires = []
    for line in row.lines:
        nearest = found[line[-1].index]
        acted_on = any(row.arrows.get(node.index) == "object" for node in line)
        path = _curve(nearest.x + nearest.width, nearest.middle, chip.x, chip.middle)
        wires.append(Wire(path=path, end="arrow" if acted_on else "", keys=row.thing.keys))
    return wires


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"M{x:.1f} {y:.1f} C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _lanes(groups: Sequence[_Group], start: float) -> tuple[dict[int, float], float]:
    """Centre of each lane, and where the last one ends."""
    centres: dict[int, float] = {}
    x = start
    for lane in sorted({group.lane for group in groups}):
        members = [group for group in groups if group.lane == lane]
        width = max(pill_width(node, g.arrows.get(node.index, "")) for g in members for node in g.stack)
        centres[lane] = x + width / 2
        x += width + 2 * SPACE
    return centres, x


def _wires(group: _Group, groups: Sequence[_Group], chips: Sequence[Pill], centres: Mapping[int, float]) -> list[Wire]:
    """From the first row of a group to its last, and a branch for each row between."""
    x = centres[group.lane]
    heights = {row: chips[row].middle + _offset(group, row, groups) for row in group.rows}
    starts = {row: chips[row].x + chips[row].width for row in group.rows}
    subjects, objects = next(iter(group.ends)) if len(group.ends) == 1 else (frozenset[int](), frozenset[int]())
    mark = {row: "arrow" if row in objects else "dot" if row in subjects else "" for row in group.rows}
    first, last = group.rows[0], group.rows[-1]
    y1, y2, radius = heights[first], heights[last], CORNER
    path = (
        f"M{starts[first] + TOUCH:.1f} {y1:.1f} H{x - radius:.1f} Q{x:.1f} {y1:.1f} {x:.1f} {y1 + radius:.1f} "
        f"V{y2 - radius:.1f} Q{x:.1f} {y2:.1f} {x - radius:.1f} {y2:.1f} H{starts[last] + TOUCH:.1f}"
    )
    keys = " ".join(dict.fromkeys(" ".join(node.keys for node in group.stack).split()))
    wires = [Wire(path=path, start=mark[first], end=mark[last], keys=keys)]
    for row in group.rows[1:-1]:
        branch = f"M{x:.1f} {heights[row]:.1f} H{starts[row] + TOUCH:.1f}"
        wires.append(Wire(path=branch, end=mark[row], keys=keys))
    return wires


def _offset(group: _Group, row: int, groups: Sequence[_Group]) -> float:
    """Wires leave an object side by side: those that go up above those that go down, so that they cross least."""

    def side(other: _Group) -> tuple[int, int]:
        if row == other.rows[-1]:
            return 0, other.lane
        return (1, 0) if row != other.rows[0] else (2, -other.lane)

    here = sorted((other for other in groups if row in other.rows), key=side)
    step = min(4.0, (PILL_HEIGHT - 6) / max(len(here) - 1, 1))
    return (here.index(group) - (len(here) - 1) / 2) * step


def _stack(
    group: _Group, centre: float, tops: Sequence[float], rows: Sequence[_Row], gaps: Sequence[float]
) -> list[Pill]:
    top = tops[group.gap] + _row_height(rows[group.gap]) + (gaps[group.gap] - group.height) / 2 + 1
    pills = []
    for number, node in enumerate(group.stack):
        arrow = group.arrows.get(node.index, "")
        width = pill_width(node, arrow)
        y = top + number * (PILL_HEIGHT + 2)
        pills.append(Pill(node=node, x=centre - width / 2, y=y, width=width, arrow=arrow))
    return pills


def _order_wires(edges: Iterable[Edge], pills: Mapping[int, Pill], right: float) -> list[Wire]:
    """Dashed arrows from an earlier predicate to a later one, round the outside."""
    wires = []
    for edge in edges:
        if edge.kind is not EdgeKind.TEMPORAL_ORDER or edge.source == edge.target:
            continue
        a, b = pills[edge.source], pills[edge.target]
        keys = f"{a.node.keys} {b.node.keys}".strip()
        wires.append(Wire(path=_round(a, b, right + 2 * SPACE), end="arrow", dashed=True, keys=keys))
    return wires


def _round(a: Pill, b: Pill, outside: float) -> str:
    """Round the right side from pill to pill; over the top where they stand side by side."""
    if abs(a.y - b.y) < PILL_HEIGHT:
        over = min(a.y, b.y) - PILL_HEIGHT
        start, end = a.x + a.width / 2, b.x + b.width / 2
        return f"M{start:.1f} {a.y:.1f} C{start:.1f} {over:.1f} {end:.1f} {over:.1f} {end:.1f} {b.y:.1f}"
    start, end, x = a.x + a.width, b.x + b.width, outside
    return f"M{start:.1f} {a.middle:.1f} C{x:.1f} {a.middle:.1f} {x:.1f} {b.middle:.1f} {end:.1f} {b.middle:.1f}"
