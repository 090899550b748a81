"""Small corpora for the tests of queries: rows written by hand or drawn at random, in the schema of a corpus."""

from hypothesis import strategies as st

from finsta.corpus.schema import arrow_schema
from finsta.query.pattern import Order, Pattern, Relation, Thing
from finsta.query.times import TimeWindow

LABELS = ("person", "man", "car", "cup", "Cups", "vehicle")
ATTRIBUTES = ("red", "crimson", "large", "plain")
PREDICATES = ("hold", "holding", "near", "left of", "right of", "move", "pass")
MODIFIERS = ("quickly", "slowly")
TIMES = (0.0, 0.5, 1.0, 2.0, 3.5, 4.0)
CONFIDENCES = (0.25, 0.5, 0.75, 1.0)


def thing(track, label, *, attributes=(), start=0.0, end=4.0, confidence=1.0):
    return {
        "track": track,
        "label": label,
        "confidence": confidence,
        "start": start,
        "end": end,
        "attributes": list(attributes),
    }


def relation(subject, predicate, target=None, *, intervals=((0.0, 4.0),), modifiers=(), confidence=1.0):
    return {
        "subject": subject,
        "predicate": predicate,
        "object": target,
        "confidence": confidence,
        "modifiers": list(modifiers),
        "intervals": [{"start": start, "end": end} for start, end in intervals],
    }


def clip(name, objects, relations=(), *, duration=4.0):
    return {
        "key": f"key of {name}",
        "id": name,
        "video": f"{name}.mp4",
        "text": None,
        "duration": duration,
        "objects": list(objects),
        "relations": list(relations),
    }


def write_shards(folder, rows, *, per_shard=100):
    """The rows in ``folder/shards``; columns that a row does not name are empty."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = arrow_schema()
    empty = {field.name: _empty(field.type) for field in schema}
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, max(len(rows), 1), per_shard)):
        full = [empty | row for row in rows[start : start + per_shard]]
        table = pa.Table.from_pylist(full, schema=schema)
        parquet.write_table(table, folder / "shards" / f"{number:05d}.parquet", row_group_size=2)
    return folder


def _empty(kind):
    from pyarrow import types

    return "" if types.is_string(kind) else [] if types.is_list(kind) else 0


@st.composite
def intervals(draw):
    start, end = sorted((draw(st.sampled_from(TIMES)), draw(st.sampled_from(TIMES))))
    return start, end


@st.composite
def clips(draw, number):
    """A clip of up to four tracks and six relations, some of them of one track alone."""
    tracks = draw(st.permutations(range(5)))[: draw(st.integers(0, 4))]
    objects = []
    for track in tracks:
        start, end = draw(intervals())
        objects.append(
            thing(
                track,
                draw(st.sampled_from(LABELS)),
                attributes=draw(st.lists(st.sampled_from(ATTRIBUTES), unique=True, max_size=2)),
                start=start,
                end=end,
                confidence=draw(st.sampled_from(CONFIDENCES)),
            )
        )
    relations = {}
    for _ in range(draw(st.integers(0, 6)) if tracks else 0):
        subject, target = draw(st.sampled_from(tracks)), draw(st.sampled_from((*tracks, None)))
        predicate = draw(st.sampled_from(PREDICATES))
        if subject != target:
            relations[subject, predicate, target] = relation(
                subject,
                predicate,
                target,
                intervals=draw(st.lists(intervals(), min_size=1, max_size=3)),
                modifiers=draw(st.lists(st.sampled_from(MODIFIERS), unique=True, max_size=1)),
                confidence=draw(st.sampled_from(CONFIDENCES)),
            )
    duration = draw(st.sampled_from((4.0, 5.0)))
    return clip(f"clip {number}", objects, list(relations.values()), duration=duration)


@st.composite
def corpora(draw):
    """Two to five clips."""
    return [draw(clips(number)) for number in range(draw(st.integers(2, 5)))]


@st.composite
def windows(draw):
    start, end = draw(intervals())
    forms = ({}, {"start": start}, {"start": start, "end": end}, {"end": end, "at_least": 0.5}, {"last": max(end, 0.5)})
    return draw(st.sampled_from(forms))


@st.composite
def patterns(draw):
    """Up to three things and relations, an order between two of those, and a window; see :func:`built`."""
    count = draw(st.integers(1, 3))
    words = st.one_of(st.none(), st.sampled_from(("person", "man", "cup", "car", "thing")))
    things = []
    for number in range(count):
        twin = things[-1] if things and draw(st.integers(0, 5)) == 0 else None
        label = twin["label"] if twin else draw(words)
        attributes = draw(st.lists(st.sampled_from(("red", "large")), max_size=1))
        attributes = twin["attributes"] if twin else tuple(attributes)
        twin_name = twin["name"] if twin else None
        things.append({"name": "abc"[number], "label": label, "attributes": attributes, "twin": twin_name})
    relations = []
    for _ in range(draw(st.integers(0, 3))):
        subject, target = draw(st.permutations([*"abc"[:count], None]))[:2]
        if subject is None:
            subject, target = target, None
        predicate = draw(st.one_of(st.none(), st.sampled_from(("hold", "near", "next to", "left of", "walk"))))
        modifiers = tuple(draw(st.lists(st.sampled_from(("quickly", "rapidly")), max_size=1)))
        relations.append({"subject": subject, "predicate": predicate, "object": target, "modifiers": modifiers})
    orders = []
    if len(relations) > 1 and draw(st.booleans()):
        first, second = draw(st.permutations(range(len(relations))))[:2]
        orders.append({"first": first, "second": second, "kind": draw(st.sampled_from(("then", "while")))})
    return {"things": things, "relations": relations, "orders": orders, "time": draw(windows())}


def built(plain):
    """The pattern of what :func:`patterns` draws: hypothesis wants no checked class made while it draws."""
    return Pattern(
        things=tuple(Thing(**entry) for entry in plain["things"]),
        relations=tuple(Relation(**entry) for entry in plain["relations"]),
        orders=tuple(Order(**entry) for entry in plain["orders"]),
        time=TimeWindow(**plain["time"]),
    )
