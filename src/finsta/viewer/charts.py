"""Small charts and tables for pages of results: SVG and HTML as text, no library, nothing loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from finsta.viewer.palette import colour

_LEFT, _TOP, _BOTTOM = 52.0, 12.0, 34.0
_LINE_HEIGHT = 14.0


@dataclass(frozen=True, kw_only=True)
class Series:
    """A named line through ``(x, y)`` points in order of ``x``; points that are not finite break it."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def line_chart(
    series: Sequence[Series],
    *,
    title: str,
    x_label: str = "",
    y_label: str = "",
    width: int = 560,
    height: int = 240,
) -> str:
    """An SVG line chart with its names at the ends of the lines, in the ink of the page; all text is escaped.

    Colours are those of :func:`finsta.viewer.palette.colour` in order, so that charts of one page agree.
    """
    finite = [point for line in series for point in line.points if isfinite(point[0]) and isfinite(point[1])]
    body = [f"<title>{escape(title)}</title>"]
    if not finite:
        body.append(f'<text x="{width / 2}" y="{height / 2}" text-anchor="middle">nothing to draw</text>')
        return _svg(body, title, width, height)
    right = width - 16 - 6.6 * max(len(line.name) for line in series)
    x_ticks, y_ticks = (ticks(min(p[axis] for p in finite), max(p[axis] for p in finite)) for axis in (0, 1))
    x = _Scale(low=min(p[0] for p in finite), high=max(p[0] for p in finite), start=_LEFT, end=right)
    if x.low == x.high:
        x = _Scale(low=x.low - 0.5, high=x.high + 0.5, start=_LEFT, end=right)
    y = _Scale(low=y_ticks[0], high=y_ticks[-1], start=height - _BOTTOM, end=_TOP)
    body += _axes([tick for tick in x_ticks if x.low <= tick <= x.high], y_ticks, x, y, right)
    body.append(f'<text x="{(_LEFT + right) / 2:.1f}" y="{height - 4}" text-anchor="middle">{escape(x_label)}</text>')
    middle = (_TOP + height - _BOTTOM) / 2
    body.append(
        f'<text transform="translate(12 {middle:.1f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    body += [_line(line, place, x, y) for place, line in enumerate(series)]
    body += _names(series, x, y)
    return _svg(body, title, width, height)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str | int | float]], *, caption: str = "", digits: int = 1
) -> str:
    """An HTML table: numbers to the right with ``digits`` decimals, words to the left; all text is escaped.

    Raises:
        ValueError: if a row has another number of cells than there are columns.
    """
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"expected {len(columns)} cells in a row, found {len(row)}: {row!r}")
    numeric = [any(not isinstance(row[place], str) for row in rows) for place in range(len(columns))]
    head = "".join(_cell("th", name, number) for name, number in zip(columns, numeric, strict=True))
    body = "".join(
        "<tr>" + "".join(_cell("td", _words(cell, digits), n) for cell, n in zip(row, numeric, strict=True)) + "</tr>"
        for row in rows
    )
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def ticks(low: float, high: float, *, count: int = 5) -> list[float]:
    """Round numbers, about ``count`` of them, from at or below ``low`` to at or above ``high``."""
    if low == high:
        low, high = low - 0.5, high + 0.5
    raw = (high - low) / count
    power = 10.0 ** floor(log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def _svg(body: Sequence[str], title: str, width: int, height: int) -> str:
    inside = "\n".join(body)
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" style="max-width:100%;height:auto" fill="currentColor" font-size="11.5">\n{inside}\n</svg>'
    )


def _axes(x_ticks: Sequence[float], y_ticks: Sequence[float], x: _Scale, y: _Scale, right: float) -> list[str]:
    parts = []
    for tick in y_ticks:
        parts.append(
            f'<path d="M{_LEFT} {y(tick):.1f} H{right:.1f}" stroke="currentColor" stroke-opacity=".14" fill="none"/>'
            f'<text x="{_LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end" opacity=".7">{tick:g}</text>'
        )
    for tick in x_ticks:
        parts.append(
            f'<text x="{x(tick):.1f}" y="{y.start + 15:.1f}" text-anchor="middle" opacity=".7">{tick:g}</text>'
        )
    return parts


def _line(line: Series, place: int, x: _Scale, y: _Scale) -> str:
    path, pen = [], "M"
    for px, py in line.points:
        if isfinite(px) and isfinite(py):
            path.append(f"{pen}{x(px):.1f} {y(py):.1f}")
            pen = "L"
        else:
            pen = "M"
    alone = len(path) == 1  # a single point is a round cap on a line of no length
    drawn = " ".join(path) + (" h0" if alone else "")
    width, cap = ("6", "round") if alone else ("1.8", "butt")
    pen_style = f'stroke="{colour(place)}" stroke-width="{width}" stroke-linejoin="round" stroke-linecap="{cap}"'
    return f'<path d="{drawn}" fill="none" {pen_style}/>'


def _names(series: Sequence[Series], x: _Scale, y: _Scale) -> list[str]:
    """Beside the last point of each line, pushed down where they would overlap, and up again where the picture ends."""
    ends = []
    for place, line in enumerate(series):
        last = next((p for p in reversed(line.points) if isfinite(p[0]) and isfinite(p[1])), None)
        if last is not None:
            ends.append([y(last[1]) + 4, x.end + 6, float(place)])
    ends.sort()
    for above, below in pairwise(ends):
        below[0] = max(below[0], above[0] + _LINE_HEIGHT)
    lowest = y.start + _BOTTOM - 4
    for end in reversed(ends):
        end[0] = min(end[0], lowest)
        lowest = end[0] - _LINE_HEIGHT
    return [
        f'<text x="{left:.1f}" y="{top:.1f}" fill="{colour(int(place))}">{escape(series[int(place)].name)}</text>'
        for top, left, place in ends
    ]


def _words(cell: str | int | float, digits: int) -> str:
    return cell if isinstance(cell, str) else str(cell) if isinstance(cell, int) else f"{cell:.{digits}f}"


def _cell(tag: str, words: str, number: bool) -> str:
    style = ' style="text-align:right;font-variant-numeric:tabular-nums"' if number else ""
    scope = ' scope="col"' if tag == "th" else ""
    return f"<{tag}{scope}{style}>{escape(words)}</{tag}>"
