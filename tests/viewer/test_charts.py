"""Charts and tables as text."""

import re
from itertools import pairwise

import pytest

from finsta.viewer.charts import Series, line_chart, table, ticks


def test_ticks_are_round_and_cover_the_range():
    assert ticks(0.0, 1.0) == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert ticks(-3.0, 12.0) == [-5.0, 0.0, 5.0, 10.0, 15.0]
    assert ticks(2.0, 2.0) == [1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6]


def test_a_chart_draws_a_line_for_each_series_and_names_it():
    chart = line_chart(
        [
            Series(name="control", points=((0.0, 2.0), (1.0, 1.0))),
            Series(name="finsta", points=((0.0, 2.0), (1.0, 0.5))),
        ],
        title="loss",
        x_label="step",
        y_label="nats",
    )
    assert chart.count('stroke-width="1.8"') == 2
    assert re.findall(r">(control|finsta|step|nats)</text>", chart) == ["step", "nats", "control", "finsta"]


def test_a_chart_escapes_what_it_is_given():
    chart = line_chart([Series(name="<b>", points=((0.0, 1.0),))], title='"<i>')
    assert "<b>" not in chart
    assert "<i>" not in chart


def test_points_that_are_not_finite_break_the_line():
    points = ((0.0, 1.0), (1.0, float("nan")), (2.0, 1.0), (3.0, float("inf")))
    chart = line_chart([Series(name="a", points=points)], title="t")
    assert len(re.findall(r'd="(M[^"]*M[^"]*)"', chart)) == 1
    assert "nan" not in chart


def test_a_chart_of_nothing_says_so():
    assert "nothing to draw" in line_chart([Series(name="a", points=())], title="t")
    assert "nothing to draw" in line_chart([], title="t")


def test_names_at_line_ends_do_not_overlap():
    series = [Series(name=str(i), points=((0.0, 0.0), (1.0, 1.0))) for i in range(3)]
    heights = [float(y) for y in re.findall(r'y="([\d.]+)" fill="#', line_chart(series, title="t"))]
    assert [round(b - a, 6) for a, b in pairwise(heights)] == [14.0, 14.0]


def test_names_of_many_lines_near_the_bottom_stay_in_the_picture():
    flat = [Series(name=str(i), points=((0.0, 0.0), (1.0, 0.1 * i))) for i in range(8)]
    drawn = line_chart([*flat, Series(name="high", points=((0.0, 9.0), (1.0, 9.0)))], title="t", height=240)
    heights = [float(y) for y in re.findall(r'y="([\d.]+)" fill="#', drawn)]
    assert len(heights) == 9
    assert all(round(b - a, 6) >= 14 for a, b in pairwise(heights))
    assert max(heights) <= 236


def test_a_table_aligns_numbers_and_escapes_words():
    found = table(["model", "R@1"], [["<raw>", 12.345], ["finsta", 20]], caption="Retrieval")
    assert "<caption>Retrieval</caption>" in found
    assert "<td>&lt;raw&gt;</td>" in found
    assert re.findall(r"tabular-nums\">([^<]*)</td>", found) == ["12.3", "20"]


def test_a_table_with_a_short_row_is_an_error():
    with pytest.raises(ValueError, match="expected 2 cells in a row, found 1"):
        table(["a", "b"], [["x"]])
