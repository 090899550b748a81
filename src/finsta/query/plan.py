"""The SQL of a pattern: words and times are bound or come in as tables; only numbers of things stand in it.

Three steps, the first two of which read a column of the shards once:

1. ``found_things``: every track that could be a thing, ``found_relations``: every interval that could be a relation,
   both clipped to the time that is asked for.
2. ``answers``: their joins inside a clip, one row for each choice of tracks.
3. The best answers, in order of score.
"""

from itertools import combinations

from finsta.query.pattern import Pattern

DIGITS = 9
"""Decimals of a score by which answers are ordered; what is equal up to there is a tie."""

_WINDOW = """
    greatest({start}, CASE WHEN $last IS NULL THEN $start ELSE greatest($start, duration - $last) END) AS lo,
    least({end}, $end) AS hi,
    CASE WHEN $last IS NULL THEN $start ELSE greatest($start, duration - $last) END = $end
        OR {start} = {end} AS is_moment"""

_INSIDE = "(lo < hi OR (is_moment AND lo = hi)) AND hi - lo >= $at_least"

_SLOTS = """coalesce(list_product(list_transform(slots, lambda slot:
        coalesce(list_max(list_transform({words}, lambda word: coalesce(slot[word], 0))), 0))), 1)"""
"""Product over the attributes asked for of the best match among those that are there; 1 where none is asked for."""

CLIP = "((file_index::BIGINT << 32) | file_row_number::BIGINT)"
"""A number for each clip: its file's and its own in the file."""

SHARDS = "read_parquet($files)"
"""Where the clips of the videos come from; ``captions``, a table, stands in its place for the texts."""

ROWS = f"""
SELECT file_index, file_row_number, video, duration, objects, relations FROM captions
WHERE {CLIP} IN (SELECT unnest($clips))
"""
"""Rows of the texts by the numbers of their clips."""

VOCABULARY = {
    "object": "SELECT o.label, count(*) FROM (SELECT unnest(objects) AS o FROM read_parquet($files)) GROUP BY 1",
    "attribute": """SELECT a, count(*) FROM (SELECT unnest(o.attributes) AS a FROM
        (SELECT unnest(objects) AS o FROM read_parquet($files))) GROUP BY 1""",
    "predicate": """SELECT r.predicate, count(*) FROM
        (SELECT unnest(relations) AS r FROM read_parquet($files)) GROUP BY 1""",
    "modifier": """SELECT m, count(*) FROM (SELECT unnest(r.modifiers) AS m FROM
        (SELECT unnest(relations) AS r FROM read_parquet($files))) GROUP BY 1""",
}
"""How often each word occurs in a corpus, by what it stands for."""

THINGS = f"""
CREATE OR REPLACE TEMP TABLE found_things AS
SELECT thing, clip, id, track, label, factor, lo, hi, {_INSIDE} AS inside
FROM (
    SELECT w.thing, clip, id, o.track, o.label, o.confidence::DOUBLE * w.weight * {_SLOTS.format(words="o.attributes")}
        AS factor, {_WINDOW.format(start="o.start", end='o."end"')}
    FROM (SELECT {CLIP} AS clip, id, duration, unnest(objects) AS o FROM read_parquet($files))
    JOIN words_things w ON w.label = o.label
)
WHERE factor > 0
"""

RELATIONS = f"""
CREATE OR REPLACE TEMP TABLE found_relations AS
SELECT relation, clip, subject, object, factor, since, lo, hi, {_INSIDE} AS inside
FROM (
    SELECT relation, clip, subject, object, factor, i.start AS since,
        {_WINDOW.format(start="i.start", end='i."end"')}
    FROM (
        SELECT w.relation, clip, duration, unnest(r.intervals) AS i,
            CASE WHEN w.flipped THEN r.object ELSE r.subject END AS subject,
            CASE WHEN w.flipped THEN r.subject ELSE r.object END AS object,
            r.confidence::DOUBLE * w.weight * {_SLOTS.format(words="r.modifiers")} AS factor
        FROM (SELECT {CLIP} AS clip, duration, unnest(relations) AS r FROM read_parquet($files))
        JOIN words_relations w ON w.label = r.predicate
    )
    WHERE factor > 0
)
"""

BEST = f"""
SELECT clip, id, tracks, score, intervals FROM answers
ORDER BY round(score, {DIGITS}) DESC, id, clip, tracks LIMIT $limit
"""


def answers_sql(pattern: Pattern, *, ordered: bool = True) -> str:
    """The statement that makes ``answers``: clip, id, tracks (in order of the things), score, intervals.

    The score is the geometric mean over things and relations of confidence times similarity of the words, the best
    over all ways in which the tracks fit. The intervals are those of all these ways: the time that their relations
    share, or, where they share none, from the first to the last.

    Args:
        pattern: What is asked for.
        ordered: Whether the order of the relations counts.
    """
    things, relations = range(len(pattern.things)), range(len(pattern.relations))
    spans = [*(f"r{number}" for number in relations), *(f"t{number}" for number in pattern.alone())]
    factors = [*(f"t{number}.factor" for number in things), *(f"r{number}.factor" for number in relations)]
    sources = [f"found_things t{number}" for number in things] + [f"found_relations r{number}" for number in relations]
    conditions = [*_joins(pattern), *_distinct(pattern)]
    conditions += [f"{span}.inside" for span in spans]
    conditions += _orders(pattern) if ordered else []
    ends = {name: ", ".join(f"{span}.{name}" for span in spans) for name in ("lo", "hi")}
    lengths = ", ".join(f"{span}.hi - {span}.lo" for span in spans)
    return f"""
CREATE OR REPLACE TEMP TABLE answers AS
SELECT clip, any_value(id) AS id, tracks, max(score) AS score,
    list_sort(list(DISTINCT [CASE WHEN meet THEN latest ELSE first END, CASE WHEN meet THEN soonest ELSE last END]))
        AS intervals
FROM (
    SELECT *, latest < soonest OR (latest = soonest AND shortest = 0) AS meet
    FROM (
        SELECT t0.clip, t0.id, [{", ".join(f"t{number}.track" for number in things)}] AS tracks,
            power({" * ".join(factors)}, 1.0 / {len(factors)}) AS score,
            greatest({ends["lo"]}) AS latest, least({ends["hi"]}) AS soonest,
            least({ends["lo"]}) AS first, greatest({ends["hi"]}) AS last, least({lengths}) AS shortest
        FROM {", ".join(sources)}
        WHERE {" AND ".join(conditions)}
    )
)
GROUP BY clip, tracks
"""


def _joins(pattern: Pattern) -> list[str]:
    place = {thing.name: number for number, thing in enumerate(pattern.things)}
    found = [f"t{number}.thing = {number}" for number in place.values()]
    found += [f"t{number}.clip = t0.clip" for number in place.values() if number]
    for number, relation in enumerate(pattern.relations):
        found += [f"r{number}.relation = {number}", f"r{number}.clip = t0.clip"]
        found.append(f"r{number}.subject = t{place[relation.subject]}.track")
        if relation.object is not None:
            found.append(f"r{number}.object = t{place[relation.object]}.track")
    return found


def _distinct(pattern: Pattern) -> list[str]:
    """Different things are different tracks; twins in rising order."""
    place = {thing.name: number for number, thing in enumerate(pattern.things)}
    found = [f"t{a}.track <> t{b}.track" for a, b in combinations(range(len(pattern.things)), 2)]
    found += [f"t{place[t.name]}.track > t{place[t.twin]}.track" for t in pattern.things if t.twin is not None]
    return found


def _orders(pattern: Pattern) -> list[str]:
    found = []
    for order in pattern.orders:
        a, b = f"r{order.first}", f"r{order.second}"
        if order.kind == "then":
            found.append(f"{a}.since < {b}.since")
            continue
        latest, soonest = f"greatest({a}.lo, {b}.lo)", f"least({a}.hi, {b}.hi)"
        moment = f"least({a}.hi - {a}.lo, {b}.hi - {b}.lo) = 0"
        found.append(f"({latest} < {soonest} OR ({latest} = {soonest} AND {moment}))")
    return found
