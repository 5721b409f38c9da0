"""Charts as SVG, made here: no script and no style in them; the page gives them their colours.

Each has beside it a table of the same figures, so the picture itself is named and no more.
"""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 6, 30, 34
_ROW = 26
# The width of a date, as it is written on a phone: below a narrower bar it would stand out.
_DATE = 80
# Of a row whose name stands above its bar, and the characters that fit there.
_TALL_ROW, _HEADLINE = 46, 50


def line_chart(title: str, days: Sequence[date], values: Sequence[int]) -> Markup:
    """A line over days; its scale begins at 0 unless it moves far above."""
    low, high = _scale(values, from_zero=False)
    points = [(_x(place, len(values)), _y(value, low, high)) for place, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    area = f"{_LEFT},{HEIGHT - _BOTTOM} {line} {WIDTH - _RIGHT},{HEIGHT - _BOTTOM}"
    end = f'<circle cx="{points[-1][0]:.1f}" cy="{points[-1][1]:.1f}" r="4" class="dot"/>'
    drawn = f'<polygon class="area" points="{area}"/><polyline class="line" points="{line}"/>{end}'
    return _framed(title, days, low, high, drawn)


def bar_chart(
    title: str, days: Sequence[date], below: Sequence[int], above: Sequence[int] = ()
) -> Markup:
    """A bar a day of two parts: the one below, and the one that stands on it, if there is any."""
    above = above or [0] * len(below)
    low, high = _scale([one + two for one, two in zip(below, above, strict=True)], from_zero=True)
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    width = min(28.0, step * 0.7)
    drawn = []
    for place, (one, two) in enumerate(zip(below, above, strict=True)):
        x = _LEFT + step * (place + 0.5) - width / 2
        middle, top = _y(one, low, high), _y(one + two, low, high)
        foot = HEIGHT - _BOTTOM
        drawn.append(_bar("bar", x, middle, width, foot - middle))
        drawn.append(_bar("bar bad", x, top, width, middle - top))
    return _framed(title, days, low, high, "".join(drawn), are_bars=True)


def rank_chart(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """A bar for each name, the longest first."""
    most = max((value for _, value in rows), default=1) or 1
    drawn = []
    for place, (name, value) in enumerate(rows):
        y = place * _ROW
        shown = name if len(name) <= 20 else f"{name[:19]}…"
        width = max(2.0, 160 * value / most)
        drawn.append(
            f'<text class="name" x="132" y="{y + 17}" text-anchor="end">{escape(shown)}</text>'
            f"{_bar('bar', 142, y + 5, width, 16)}"
            f'<text x="{142 + width + 8:.1f}" y="{y + 17}">{value:,}</text>'
        )
    return _svg(title, WIDTH // 2, len(rows) * _ROW, "".join(drawn))


def headline_chart(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """The same for names that are sentences: each stands above its bar."""
    most = max((value for _, value in rows), default=1) or 1
    drawn = []
    for place, (name, value) in enumerate(rows):
        y = place * _TALL_ROW
        shown = name if len(name) <= _HEADLINE else f"{name[: _HEADLINE - 1]}…"
        width = max(2.0, 300 * value / most)
        drawn.append(
            f'<text class="name" x="0" y="{y + 14}">{escape(shown)}</text>'
            f"{_bar('bar', 0, y + 21, width, 12)}"
            f'<text x="{width + 8:.1f}" y="{y + 32}">{value:,}</text>'
        )
    return _svg(title, WIDTH // 2, len(rows) * _TALL_ROW, "".join(drawn))


def _framed(
    title: str,
    days: Sequence[date],
    low: int,
    high: int,
    drawn: str,
    *,
    are_bars: bool = False,
) -> Markup:
    """What is drawn between its scale and its dates."""
    lines = []
    for value in dict.fromkeys((low, (low + high) // 2, high)):
        y = _y(value, low, high)
        ends = f'x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"'
        lines.append(f'<line class="rule" {ends}/>')
        lines.append(f'<text x="{_LEFT}" y="{y - 5:.1f}">{value:,}</text>')
    for place in dict.fromkeys((0, (len(days) - 1) // 2, len(days) - 1)):
        day = days[place]
        step = (WIDTH - _LEFT - _RIGHT) / max(1, len(days))
        is_edge = place in (0, len(days) - 1) and not (are_bars and step > _DATE)
        x = _LEFT + step * (place + 0.5) if are_bars and not is_edge else _x(place, len(days))
        anchor = ("end" if place else "start") if is_edge else "middle"
        lines.append(
            f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{day.day} {day:%b}</text>'
        )
    return _svg(title, WIDTH, HEIGHT, "".join(lines) + drawn)


def _svg(title: str, width: int, height: int, drawn: str) -> Markup:
    kind = "chart wide" if width == WIDTH else "chart"
    return Markup(  # noqa: S704 - numbers, and names that were escaped
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(title)}">{drawn}</svg>'
    )


def _bar(kind: str, x: float, y: float, width: float, height: float) -> str:
    if height < 0.05:
        return ""
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect class="{kind}" {size} rx="2"/>'


def _x(place: int, count: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (place / max(1, count - 1))


def _y(value: int, low: int, high: int) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * ((value - low) / (high - low))


def _scale(values: Sequence[int], *, from_zero: bool) -> tuple[int, int]:
    """Round numbers around the values: 0 to 300, or 9,500 to 10,500."""
    low, high = min(values, default=0), max(values, default=0)
    if from_zero or low < high / 2:
        low = 0
    step = 1  # then 5, 10, 50, 100 and so on
    while step * 4 < high - low:
        step *= 5 if str(step)[0] == "1" else 2
    bottom = low - low % step
    top = -(-high // step) * step
    return bottom, top if top > bottom else bottom + step
