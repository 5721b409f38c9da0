"""What the scenes are drawn with: flat shapes in a few colours, with smooth edges."""

import math
import random
from collections.abc import Iterable, Sequence
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = (1200, 675)
SCALE = 3

INK = "#13233a"
NIGHT = "#0e1a30"
PAPER = "#f3ede1"
SAND = "#e8d3ae"
GOLD = "#e9a93a"
CORAL = "#e4604e"
WINE = "#8f2d3f"
TEAL = "#2a8c8c"
SEA = "#15506b"
SKY = "#bcdbe3"
MOSS = "#5b8a5a"
STONE = "#8c8779"
WHITE = "#fffdf7"

Point = tuple[float, float]


class Scene:
    """A drawing, 1200 units wide and 675 high, on a ground of one colour.

    It is drawn at three times its size and scaled down.
    """

    def __init__(self, ground: str) -> None:
        self.image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), ground)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def polygon(self, points: Iterable[Point], fill: str) -> None:
        """A filled shape."""
        self._draw.polygon([self._at(point) for point in points], fill=fill)

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: str, radius: float = 0
    ) -> None:
        """A filled rectangle, with round corners."""
        corners = (*self._at((left, top)), *self._at((right, bottom)))
        self._draw.rounded_rectangle(corners, radius * SCALE, fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: str, squash: float = 1.0) -> None:
        """A filled circle, or an ellipse of less height."""
        low = self._at((x - radius, y - radius * squash))
        high = self._at((x + radius, y + radius * squash))
        self._draw.ellipse((*low, *high), fill=fill)

    def ring(
        self, x: float, y: float, radius: float, colour: str, width: float, squash: float = 1.0
    ) -> None:
        """The line of a circle."""
        points = [
            (x + radius * math.cos(turn), y + radius * squash * math.sin(turn))
            for turn in steps(0, 2 * math.pi, 120)
        ]
        self.line(points, colour, width)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line with round ends and joints."""
        at = [self._at(point) for point in points]
        self._draw.line(at, fill=colour, width=max(1, round(width * SCALE)), joint="curve")
        half = width * SCALE / 2
        for x, y in (at[0], at[-1]):
            self._draw.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def bands(self, colours: Sequence[str], top: float = 0, bottom: float = SIZE[1]) -> None:
        """Horizontal bands, from the top down."""
        height = (bottom - top) / len(colours)
        for number, colour in enumerate(colours):
            self.box(0, top + number * height, SIZE[0], top + (number + 1) * height + 1, colour)

    def _at(self, point: Point) -> Point:
        return point[0] * SCALE, point[1] * SCALE

    def webp(self) -> bytes:
        """The picture as it is kept."""
        file = BytesIO()
        self.image.resize(SIZE, Image.Resampling.LANCZOS).save(file, "WEBP", quality=82, method=6)
        return file.getvalue()


def steps(start: float, end: float, count: int) -> list[float]:
    """So many numbers and one, evenly from start to end."""
    return [start + (end - start) * number / count for number in range(count + 1)]


def mixed(first: str, second: str, share: float) -> str:
    """A colour on the way from one to another."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def curve(start: Point, bend: Point, end: Point, count: int = 40) -> list[Point]:
    """A quadratic curve."""
    return [
        tuple(
            (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c
            for a, b, c in zip(start, bend, end, strict=True)
        )  # type: ignore[misc]
        for t in steps(0, 1, count)
    ]


def stars(scene: Scene, count: int, seed: int, below: float = SIZE[1]) -> None:
    """Points of light."""
    chance = random.Random(seed)
    for _ in range(count):
        size = chance.choice((1.1, 1.4, 1.8, 2.6))
        scene.disc(chance.uniform(0, SIZE[0]), chance.uniform(0, below), size, "#ffffffb0")
