"""Draws the pictures of the sample stories into seeds/: `python -m tools.draw_seeds`.

Each is a flat scene of what its story tells. What stands for it where it is not shown is written in
the story's file.
"""

import argparse
import math
import random
from collections.abc import Callable
from pathlib import Path

from tools.drawing import (
    CORAL,
    GOLD,
    INK,
    MOSS,
    NIGHT,
    PAPER,
    SAND,
    SEA,
    SIZE,
    STONE,
    TEAL,
    WHITE,
    WINE,
    Point,
    Scene,
    curve,
    mixed,
    stars,
    steps,
)

MOST_BYTES = 60_000


# --- 21 November ---


def warmest_year() -> Scene:
    """Stripes from blue to red, and a line that rises through them."""
    scene = Scene(PAPER)
    cold, mild, warm, hot = "#1d4f80", "#cfe0e6", "#ee8a5f", "#8e1e2a"
    count, chance = 60, random.Random(5)
    heights = []
    for number in range(count):
        share = (number / (count - 1)) ** 1.7 + chance.uniform(-0.08, 0.08)
        share = min(1.0, max(0.0, share))
        heights.append(share)
        if share < 0.4:
            colour = mixed(cold, mild, share / 0.4)
        elif share < 0.75:
            colour = mixed(mild, warm, (share - 0.4) / 0.35)
        else:
            colour = mixed(warm, hot, (share - 0.75) / 0.25)
        left = SIZE[0] * number / count
        scene.box(left, 0, left + SIZE[0] / count + 1, SIZE[1], colour)
    points = [
        (30 + (SIZE[0] - 80) * (number + 0.5) / count, 560 - 420 * share)
        for number, share in enumerate(heights)
    ]
    scene.line(points, WHITE, 7)
    scene.disc(points[-1][0] - 4, points[-1][1], 17, WHITE)
    scene.disc(points[-1][0] - 4, points[-1][1], 9, "#8e1e2a")
    return scene


def fly_brain() -> Scene:
    """Two eyes of a fly and the brain between them, drawn as cells and their links."""
    scene = Scene("#181433")
    chance = random.Random(11)
    hues = (GOLD, CORAL, "#5fc3c0", "#b58be0", "#f2d7a0", "#6f9bea")
    lobes = (
        (600, 330, 210, 0.95),
        (300, 345, 150, 1.15),
        (900, 345, 150, 1.15),
        (600, 470, 120, 0.7),
    )
    cells: list[tuple[float, float, str]] = []
    while len(cells) < 170:
        left, top, radius, squash = chance.choice(lobes)
        turn, far = chance.uniform(0, 2 * math.pi), math.sqrt(chance.random())
        px, py = left + radius * far * math.cos(turn), top + radius * squash * far * math.sin(turn)
        if all((px - cx) ** 2 + (py - cy) ** 2 > 560 for cx, cy, _ in cells):
            hue = hues[int((px / 200 + py / 260) % len(hues))]
            cells.append((px, py, hue))
    for x, y, hue in cells:
        near = sorted(cells, key=lambda c: (c[0] - x) ** 2 + (c[1] - y) ** 2)[1:4]
        for other in near:
            scene.line([(x, y), other[:2]], mixed("#181433", hue, 0.55), 2)
    for _ in range(26):
        first, second = chance.sample(cells, 2)
        middle = ((first[0] + second[0]) / 2, min(first[1], second[1]) - 90)
        scene.line(curve(first[:2], middle, second[:2]), mixed("#181433", first[2], 0.35), 2.2)
    for x, y, hue in cells:
        scene.disc(x, y, chance.choice((4.5, 6.0, 8.0)), hue)
    return scene


def scroll() -> Scene:
    """A charred roll, and its text beside it as it was made out."""
    scene = Scene("#2b211c")
    scene.box(0, 520, SIZE[0], SIZE[1], "#3a2c24")
    # The roll: its body, its end, and the windings.
    scene.box(120, 250, 420, 470, "#0f0c0b")
    scene.disc(120, 360, 52, "#0f0c0b", 110 / 52)
    scene.disc(420, 360, 52, "#4a3a30", 110 / 52)
    for number, x in enumerate((170, 235, 310, 372)):
        scene.line(curve((x, 252), (x + 14 * (-1) ** number, 360), (x - 6, 468)), "#241c18", 5)
    for size in steps(0.18, 0.92, 6):
        scene.ring(420, 360, 52 * size, "#171210", 4, 110 / 52)
    # The sheet, with Greek letters of straight strokes and bows.
    scene.polygon([(540, 150), (1090, 132), (1110, 520), (556, 538)], "#c9a56b")
    scene.polygon([(540, 150), (566, 149), (582, 537), (556, 538)], "#a98650")
    letters: dict[str, list[list[Point]]] = {
        "P": [[(0, 0), (0, 1)], [(0, 0), (0.8, 0)], [(0.8, 0), (0.8, 1)]],
        "L": [[(0, 1), (0.4, 0), (0.8, 1)]],
        "A": [[(0, 1), (0.4, 0), (0.8, 1)], [(0.16, 0.65), (0.64, 0.65)]],
        "H": [[(0, 0), (0, 1)], [(0.7, 0), (0.7, 1)], [(0, 0.5), (0.7, 0.5)]],
        "I": [[(0.3, 0), (0.3, 1)]],
        "N": [[(0, 1), (0, 0), (0.7, 1), (0.7, 0)]],
        "E": [[(0.7, 0), (0, 0), (0, 1), (0.7, 1)], [(0, 0.5), (0.5, 0.5)]],
        "T": [[(0, 0), (0.8, 0)], [(0.4, 0), (0.4, 1)]],
        "Y": [[(0, 0), (0.4, 0.5), (0.8, 0)], [(0.4, 0.5), (0.4, 1)]],
        "K": [[(0, 0), (0, 1)], [(0.7, 0), (0, 0.5), (0.7, 1)]],
    }
    rows = ("PANTLAKH", "ETINHYPA", "LAPTEHNI", "KAITHNEP", "NYTALHPE")
    for down, row in enumerate(rows):
        for across, name in enumerate(row):
            left, top = 612 + across * 56 + down * 2, 184 + down * 66 - across * 2
            faint = (across * 7 + down * 5) % 9 > 6
            for stroke in letters[name]:
                points = [(left + x * 34, top + y * 40) for x, y in stroke]
                scene.line(points, "#9c7a48" if faint else "#2b1a10", 5)
    scene.line([(478, 330), (526, 322)], GOLD, 4)
    scene.line([(478, 360), (526, 360)], GOLD, 4)
    scene.line([(478, 390), (526, 398)], GOLD, 4)
    return scene


def needle() -> Scene:
    """A needle that turns within a curve of three cusps."""
    scene = Scene("#f4efe6")
    size, x, y = 138.0, 600.0, 352.0

    def rim(turn: float) -> Point:
        """The deltoid, the hypocycloid of three cusps."""
        return (
            x + size * (2 * math.cos(turn) + math.cos(2 * turn)) * 0.78,
            y - size * (2 * math.sin(turn) - math.sin(2 * turn)) * 0.78,
        )

    scene.disc(x, y, 318, "#e9e0cf")
    scene.polygon([rim(turn) for turn in steps(0, 2 * math.pi, 240)], "#cfdde4")
    count = 27
    for number in range(count):
        turn = 2 * math.pi * number / count
        # A tangent of the deltoid has one length between its two other meetings with it.
        first, second = rim(-turn / 2), rim(math.pi - turn / 2)
        colour = mixed(mixed(SEA, TEAL, number / count), CORAL, abs(math.sin(turn / 2)) ** 2)
        scene.line([first, second], colour, 4)
    scene.line([rim(turn) for turn in steps(0, 2 * math.pi, 240)], INK, 6)
    first, second = rim(-1.15), rim(math.pi - 1.15)
    scene.line([first, second], WINE, 11)
    return scene


def vents() -> Scene:
    """A hot vent on the sea floor, and tubeworms in the caves below it."""
    scene = Scene("#0d3349")
    scene.bands(["#16506a", "#124460", "#0f3a54", "#0d3349"], 0, 340)
    for number, (x, y, radius) in enumerate(
        ((846, 150, 74), (790, 92, 62), (902, 70, 80), (850, 216, 48), (826, 30, 70), (940, 10, 66))
    ):
        scene.disc(x, y, radius, "#32546a" if number % 2 else "#3d6076")
    floor = [(0, 352), (180, 338), (420, 356), (700, 344), (960, 360), (1200, 340)]
    scene.polygon([*floor, (1200, 675), (0, 675)], "#5a463c")
    scene.polygon(
        [(790, 350), (816, 236), (836, 226), (852, 244), (872, 222), (906, 352)], "#43342c"
    )
    scene.polygon([(836, 226), (852, 244), (872, 222), (862, 214), (846, 214)], "#f0a24a")
    for x, y, rx, squash in ((300, 500, 196, 0.5), (760, 520, 236, 0.44), (1085, 470, 88, 0.6)):
        scene.disc(x, y, rx + 12, "#463731", squash)
        scene.disc(x, y, rx, "#123f52", squash)
        scene.disc(x, y + rx * squash * 0.45, rx * 0.74, "#1b5a6c", squash * 0.5)
    for x, y in ((840, 352), (846, 400), (852, 440)):
        scene.line([(x, y), (x + 6, y + 34)], "#f0a24a", 6)

    def worm(x: float, y: float, height: float, lean: float) -> None:
        top = (x + lean, y - height)
        scene.line(curve((x, y), (x - lean * 0.6, y - height * 0.5), top), WHITE, 11)
        for side in (-9, -3, 3, 9):
            scene.line([top, (top[0] + side * 1.4, top[1] - 26 + abs(side) * 0.8)], CORAL, 6)

    chance = random.Random(3)
    for left, right, y in ((180, 420, 560), (600, 930, 588), (1040, 1130, 506)):
        for x in range(left, right, 27):
            worm(x, y + chance.uniform(-8, 6), chance.uniform(52, 104), chance.uniform(-16, 16))
    for x, y in ((470, 560), (540, 600), (960, 604)):
        scene.disc(x, y, 15, SAND, 0.8)
        scene.disc(x + 3, y - 2, 8, STONE, 0.8)
    return scene


def standing() -> Scene:
    """Cells from a dish, and a man who stands between two bars, his spine drawn in."""
    scene = Scene("#e9efe9")
    scene.box(0, 560, SIZE[0], SIZE[1], "#cfd9cd")
    scene.disc(300, 330, 206, "#ffffff")
    scene.disc(300, 330, 190, "#f6dccf")
    chance = random.Random(8)
    cells: list[Point] = []
    while len(cells) < 21:
        turn, far = chance.uniform(0, 2 * math.pi), 158 * math.sqrt(chance.random())
        x, y = 300 + far * math.cos(turn), 330 + far * math.sin(turn)
        if all((x - cx) ** 2 + (y - cy) ** 2 > 2900 for cx, cy in cells):
            cells.append((x, y))
    for x, y in cells:
        for turn in steps(0.4, 0.4 + 2 * math.pi, 5):
            scene.line([(x, y), (x + 33 * math.cos(turn), y + 33 * math.sin(turn))], "#d9866f", 5)
        scene.disc(x, y, 20, "#e4937b")
        scene.disc(x, y, 8, WINE)
    for number in range(6):
        scene.disc(538 + number * 42, 330 - 20 * math.sin(number), 9, CORAL)
    body = SEA
    scene.disc(900, 150, 50, body)
    scene.box(838, 214, 962, 420, body, 46)
    scene.box(842, 380, 896, 590, body, 24)
    scene.box(904, 380, 958, 590, body, 24)
    scene.line([(850, 246), (806, 330), (786, 402)], body, 34)
    scene.line([(950, 246), (994, 330), (1014, 402)], body, 34)
    for number in range(8):
        y = 226 + number * 23
        hurt = number == 4
        scene.box(884, y, 916, y + 16, GOLD if hurt else WHITE, 6)
        if hurt:
            scene.ring(900, y + 8, 30, GOLD, 5)
    for x in (770, 1030):
        scene.box(x - 6, 410, x + 6, 600, STONE)
    scene.box(720, 402, 850, 416, STONE, 7)
    scene.box(950, 402, 1080, 416, STONE, 7)
    return scene


def webb() -> Scene:
    """The mirror of the Webb telescope before a sky with one red spot."""
    scene = Scene(NIGHT)
    stars(scene, 150, 21)
    chance = random.Random(4)
    for _ in range(16):
        x, y = chance.uniform(620, 1160), chance.uniform(40, 620)
        scene.disc(
            x, y, chance.uniform(7, 15), chance.choice(("#8fb3d9", "#d9c79f", "#7c8fb8")), 0.45
        )
    scene.disc(930, 250, 62, "#3a1a35")
    scene.disc(930, 250, 38, "#6d2440")
    scene.disc(930, 250, 19, CORAL)
    scene.disc(930, 250, 8, "#ffd9b8")
    scene.ring(930, 250, 92, "#e9a93a", 3)
    for dx, dy in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        scene.line([(930 + dx * 92, 250 + dy * 92), (930 + dx * 116, 250 + dy * 116)], GOLD, 3)
    side, x0, y0 = 58.0, 330.0, 320.0
    for q in range(-2, 3):
        for r in range(-2, 3):
            if abs(q + r) > 2 or (q, r) == (0, 0):
                continue
            x, y = x0 + side * 1.5 * q, y0 + side * math.sqrt(3) * (r + q / 2)
            corners = [
                (x + (side - 3) * math.cos(turn), y + (side - 3) * math.sin(turn))
                for turn in steps(0, 2 * math.pi, 6)
            ]
            share = (q - r + 4) / 8
            scene.polygon(corners, mixed("#f6cf6b", "#c9812a", share))
            scene.polygon([corners[3], corners[4], corners[5], (x, y)], "#ffffff2e")
    for turn in (math.pi / 2, math.pi * 7 / 6, math.pi * 11 / 6):
        scene.line([(x0, y0), (x0 + 236 * math.cos(turn), y0 + 236 * math.sin(turn))], "#0b1324", 7)
    scene.disc(x0, y0, 20, "#0b1324")
    scene.disc(x0, y0, 9, "#c9d3e0")
    return scene


def qubits() -> Scene:
    """Three grids of qubits, each larger than the one before, with fewer faults."""
    scene = Scene("#f1ece4")
    left = 70.0
    for size, faults in ((3, ((0, 1), (2, 2))), (5, ((1, 3),)), (7, ())):
        cell = 56.0
        width = (size - 1) * cell
        top = 338 - width / 2
        scene.box(left - 34, top - 34, left + width + 34, top + width + 34, WHITE, 18)
        for row in range(size - 1):
            for column in range(size - 1):
                x, y = left + column * cell, top + row * cell
                colour = "#bfdcd8" if (row + column) % 2 else "#f3cfa6"
                scene.box(x + 3, y + 3, x + cell - 3, y + cell - 3, colour, 6)
        for row in range(size):
            for column in range(size):
                x, y = left + column * cell, top + row * cell
                if (row, column) in faults:
                    scene.disc(x, y, 22, "#f5b5aa")
                    scene.disc(x, y, 13, CORAL)
                else:
                    scene.disc(x, y, 13, SEA)
                    scene.disc(x - 4, y - 4, 4, "#7fb4c9")
        left += width + 150
    return scene


# --- 20 November ---


def falling_atoms() -> Scene:
    """Atoms of antimatter that leave a trap, most of them downwards."""
    scene = Scene("#1b1630")
    for radius in (300, 250, 200):
        scene.disc(600, 330, radius, mixed("#1b1630", "#3a2f63", 1 - radius / 340))
    for x in (440, 716):
        scene.box(x, 70, x + 44, 590, "#6d6a86", 10)
        for y in range(90, 580, 46):
            scene.box(x - 16, y, x + 60, y + 26, "#b47b3f", 8)
            scene.box(x - 16, y, x + 60, y + 9, "#d99b52", 4)
    scene.box(484, 286, 716, 350, "#4b4280", 30)
    chance = random.Random(6)
    for number in range(34):
        down = number % 4 != 0
        side = chance.uniform(506, 694)
        place = chance.uniform(388, 600) if down else chance.uniform(90, 250)
        length = (place - 350) * 0.25 if down else (place - 286) * 0.12
        scene.line([(side, place), (side, place - length)], "#5fc3c066", 4)
        scene.disc(side, place, 9, "#7fe0d6" if down else "#b8a7e8")
    for x, y in ((540, 312), (580, 326), (620, 308), (664, 322)):
        scene.disc(x, y, 9, GOLD)
    scene.line([(880, 200), (880, 470)], WHITE, 7)
    scene.polygon([(846, 456), (914, 456), (880, 520)], WHITE)
    return scene


def asteroid() -> Scene:
    """An asteroid from beyond Jupiter on its way to the Earth."""
    scene = Scene(NIGHT)
    stars(scene, 110, 9)
    for number, (radius, colour) in enumerate(
        ((300, "#22365a"), (430, "#22365a"), (640, "#22365a"), (920, "#30466e"))
    ):
        scene.ring(-60, 700, radius, colour, 3 if number < 3 else 4)
    scene.disc(-60, 700, 190, GOLD)
    scene.disc(-60, 700, 160, "#f6cf6b")
    scene.disc(816, 400, 62, "#c99563")
    for y, shade in ((376, "#b07c4c"), (404, "#e0b483"), (424, "#a8713f")):
        scene.box(816 - 56, y, 816 + 56, y + 9, shade, 4)
    scene.polygon([(1130, 96), (1010, 190), (590, 472), (640, 420), (980, 150)], "#e4604e55")
    scene.polygon([(1130, 96), (900, 262), (604, 462), (650, 432), (930, 206)], "#f2a36a77")
    rock = [(560, 470), (576, 440), (612, 428), (646, 444), (652, 478), (630, 508), (590, 506)]
    scene.polygon(rock, "#5d554d")
    scene.polygon([(560, 470), (576, 440), (612, 428), (600, 470), (590, 506)], "#7a7066")
    scene.disc(624, 470, 9, "#463f39")
    scene.disc(600, 486, 6, "#463f39")
    scene.disc(372, 584, 52, "#2f7ea8")
    scene.polygon([(336, 566), (362, 540), (392, 546), (384, 572), (354, 590)], MOSS)
    scene.polygon([(380, 600), (408, 590), (416, 606), (394, 626)], MOSS)
    scene.line(curve((548, 492), (480, 532), (430, 562)), WHITE, 4)
    return scene


def ice_core() -> Scene:
    """A drill on the ice sheet, and the layers of the core that it brings up."""
    scene = Scene("#cfe6ee")
    scene.bands(["#a9d3e2", "#badde9", "#cfe6ee"], 0, 250)
    scene.polygon(
        [(0, 262), (260, 240), (640, 254), (940, 236), (1200, 256), (1200, 675), (0, 675)], WHITE
    )
    scene.bands(["#f4fafb", "#e2f0f4", "#cde4ec", "#b3d4e1", "#95c0d3", "#77a9c3"], 300, 675)
    # The rig and its hut.
    scene.box(226, 180, 372, 262, CORAL, 6)
    scene.polygon([(214, 184), (299, 132), (384, 184)], WINE)
    scene.box(280, 212, 318, 262, WHITE)
    for x in (430, 506):
        scene.line([(x, 262), (468, 70)], INK, 8)
    for y in (120, 170, 220):
        scene.line([(468 - (y - 70) * 0.2, y), (468 + (y - 70) * 0.2, y)], INK, 5)
    scene.box(462, 70, 474, 675, INK)
    scene.box(450, 560, 486, 640, STONE, 6)
    scene.polygon([(450, 636), (486, 636), (468, 672)], STONE)
    # The core, large: a layer for each stretch of years.
    chance = random.Random(12)
    top = 84.0
    number = 0
    while top < 590:
        height = max(8, 40 * (1 - top / 700) + chance.uniform(-4, 6))
        shade = mixed("#f3fbff", "#5d97b8", top / 640)
        scene.box(
            794, top, 986, min(592, top + height), shade if number % 2 else mixed(shade, SEA, 0.16)
        )
        top += height
        number += 1
    for _ in range(40):
        scene.disc(
            chance.uniform(806, 974), chance.uniform(96, 580), chance.choice((3, 4, 6)), WHITE
        )
    scene.disc(890, 84, 96, "#ffffff", 0.26)
    scene.disc(890, 592, 96, "#4d86a8", 0.26)
    return scene


def solar_cell() -> Scene:
    """Light on a cell of two layers, each of which takes its own colours."""
    scene = Scene("#fbe6c4")
    scene.disc(170, 120, 150, "#f8cf86")
    scene.disc(170, 120, 104, GOLD)
    hues = ("#5a7bd0", "#3fa7b5", "#7fb069", "#f0c04a", "#ee8a4a", "#d9504a")
    for number, hue in enumerate(hues):
        x = 470 + number * 92
        deep = number >= 3
        scene.polygon(
            [(x, 0), (x + 44, 0), (x - 6, 560 if deep else 420), (x - 50, 560 if deep else 420)],
            hue + "c8",
        )
    left = 250
    for y, colour, side in (
        (392, "#8c4a6b", "#6d3553"),
        (474, "#2b5a80", "#1d4160"),
        (560, "#b8b2a6", "#948e82"),
    ):
        scene.polygon(
            [(left, y), (left + 90, y - 54), (1090, y - 54), (1000, y)], mixed(colour, WHITE, 0.2)
        )
        scene.box(left, y, 1000, y + 64, colour)
        scene.polygon([(1000, y), (1090, y - 54), (1090, y + 10), (1000, y + 64)], side)
    for number, hue in enumerate(hues):
        x = 470 + number * 92 - 28
        y = 424 if number < 3 else 506
        scene.disc(x, y, 20, WHITE)
        scene.disc(x, y, 13, hue)
    return scene


def lattice() -> Scene:
    """A lattice of points with two short ways through it, and a lock."""
    scene = Scene("#15233a")
    first, second = (96, 22), (34, -84)
    origin = (330, 400)
    for a in range(-8, 12):
        for b in range(-8, 10):
            x = origin[0] + a * first[0] + b * second[0]
            y = origin[1] + a * first[1] + b * second[1]
            scene.disc(x, y, 6, "#4f78a8")
    for a, b in ((1, 0), (2, 0), (3, 1)):
        x, y = origin[0] + a * first[0] + b * second[0], origin[1] + a * first[1] + b * second[1]
        scene.disc(x, y, 9, "#9cc3f0")
    scene.line([origin, (origin[0] + first[0], origin[1] + first[1])], GOLD, 8)
    scene.line([origin, (origin[0] + second[0], origin[1] + second[1])], CORAL, 8)
    scene.disc(*origin, 13, WHITE)
    scene.disc(850, 350, 210, "#1f3556")
    scene.ring(850, 282, 78, "#c9d6e6", 26)
    scene.box(736, 300, 964, 492, GOLD, 24)
    scene.box(736, 300, 964, 340, "#f3c46b", 24)
    scene.disc(850, 384, 26, INK)
    scene.box(840, 384, 860, 444, INK, 8)
    return scene


def speech() -> Scene:
    """A head with electrodes, and the lines of words that they become."""
    scene = Scene("#efe7f3")
    head = [
        (250, 600), (262, 500), (214, 470), (190, 420), (160, 408), (178, 352), (172, 280),
        (204, 180), (290, 104), (410, 90), (510, 130), (568, 214), (570, 312), (532, 396),
        (510, 470), (530, 600),
    ]  # fmt: skip
    scene.polygon(head, "#5b3f7a")
    for x, y, radius in (
        (318, 216, 64),
        (392, 188, 76),
        (466, 234, 72),
        (396, 268, 84),
        (330, 270, 56),
    ):
        scene.disc(x, y, radius, "#e8a9b4")
    for number in range(5):
        bend = curve(
            (270 + number * 46, 160 + number * 6),
            (320 + number * 38, 240),
            (286 + number * 50, 310),
        )
        scene.line(bend, "#cf7f92", 6)
    for row in range(4):
        for column in range(4):
            scene.disc(392 + column * 26, 176 + row * 26, 8, GOLD)
    scene.line(curve((480, 240), (600, 180), (668, 250)), INK, 6)
    chance = random.Random(2)
    for number in range(13):
        x = 684 + number * 15
        height = chance.uniform(14, 70) * math.sin(math.pi * (number + 1) / 14)
        scene.line([(x, 252 - height), (x, 252 + height)], "#7a58a0", 7)
    scene.polygon([(880, 240), (916, 252), (880, 264)], INK)
    for row, widths in enumerate(((120, 60), (70, 110), (96, 44), (150,))):
        left = 948.0
        for width in widths:
            scene.box(left, 176 + row * 44, left + width, 196 + row * 44, "#5b3f7a", 10)
            left += width + 16
    return scene


def cave_pig() -> Scene:
    """A pig painted on the wall of a cave, and hands around it."""
    scene = Scene("#c79a6b")
    chance = random.Random(14)
    for _ in range(46):
        x, y = chance.uniform(0, 1200), chance.uniform(0, 675)
        shade = chance.choice(("#bd8f60", "#d1a678", "#b98a5c"))
        scene.disc(x, y, chance.uniform(40, 130), shade, 0.5)
    scene.polygon(
        [(0, 0), (1200, 0), (1200, 60), (900, 34), (560, 74), (210, 40), (0, 96)], "#6b4630"
    )
    scene.polygon([(0, 675), (1200, 675), (1200, 610), (840, 640), (420, 606), (0, 640)], "#6b4630")
    pig = "#8c2f22"
    scene.disc(560, 350, 220, pig, 0.56)
    scene.disc(760, 352, 104, pig, 0.72)
    scene.polygon([(808, 300), (920, 366), (916, 404), (800, 404)], pig)
    scene.polygon([(744, 286), (764, 226), (796, 290)], pig)
    for x in (420, 480, 650, 706):
        scene.polygon([(x, 420), (x + 40, 420), (x + 28, 548), (x + 10, 548)], pig)
    scene.line(curve((346, 318), (300, 300), (312, 352)), pig, 10)
    scene.disc(806, 334, 8, "#e9c9a0")
    for number in range(12):
        x = 400 + number * 30
        scene.line(
            [(x, 262 - 14 * math.sin(number / 3.5)), (x + 10, 232 - 14 * math.sin(number / 3.5))],
            pig,
            6,
        )
    for number in range(9):
        scene.line(
            curve((430 + number * 34, 300), (424 + number * 34, 360), (436 + number * 34, 410)),
            "#6f2018",
            4,
        )

    def hand(x: float, y: float, lean: float) -> None:
        scene.disc(x, y, 78, "#a5432f66")
        scene.disc(x, y, 58, "#a5432f88")
        scene.disc(x, y + 12, 25, "#d6ab7c")
        for finger in range(5):
            turn = -math.pi / 2 + lean + (finger - 2) * 0.42
            end = (x + 56 * math.cos(turn), y + 10 + 56 * math.sin(turn))
            scene.line([(x, y + 10), end], "#d6ab7c", 13)

    hand(190, 220, -0.2)
    hand(1040, 210, 0.25)
    hand(1010, 510, 0.1)
    return scene


# --- 19 November ---


def protein() -> Scene:
    """A chain of beads, and the shape into which it folds."""
    scene = Scene("#e6f0ee")
    chance = random.Random(9)
    hues = (TEAL, CORAL, GOLD, SEA, "#8a6bb0")
    for number in range(13):
        x, y = 70 + number * 33, 190 + 26 * math.sin(number * 0.9)
        if number:
            scene.line([(x - 33, 190 + 26 * math.sin((number - 1) * 0.9)), (x, y)], INK, 5)
        scene.disc(x, y, 14, hues[chance.randrange(len(hues))])
    scene.line(curve((300, 280), (330, 380), (440, 400)), STONE, 6)
    scene.polygon([(430, 384), (470, 402), (432, 420)], STONE)
    scene.disc(790, 350, 290, "#d3e5e1")
    # A helix, as a ribbon whose back is darker.
    turns = steps(0, 9 * math.pi, 260)
    points = [(610 + t * 12.2, 250 + 62 * math.sin(t) - t * 2) for t in turns]
    for number in range(len(points) - 1):
        front = math.cos(turns[number]) > 0
        scene.line(points[number : number + 2], CORAL if front else WINE, 24 if front else 18)
    # Strands, as arrows.
    for number, hue in enumerate((TEAL, SEA, TEAL)):
        y = 410 + number * 54
        scene.line(curve((620, y), (760, y - 34), (900, y)), hue, 26)
        scene.polygon([(888, y - 34), (962, y + 8), (886, y + 36)], hue)
    scene.line(curve((962, 198), (1060, 250), (962, 410)), GOLD, 13)
    scene.line(curve((620, 410), (560, 440), (620, 464)), GOLD, 13)
    scene.line(curve((960, 472), (1010, 500), (960, 524)), GOLD, 13)
    return scene


def detector() -> Scene:
    """A particle detector seen along its beam, with the tracks of a collision."""
    scene = Scene("#10182b")
    rings = (
        (300, "#25355c"),
        (252, "#1b2748"),
        (214, "#3a4a78"),
        (168, "#16203c"),
        (120, "#4a5d92"),
        (84, "#131c35"),
    )
    for radius, colour in rings:
        scene.disc(600, 338, radius, colour)
    for number in range(24):
        turn = 2 * math.pi * number / 24
        scene.line(
            [
                (600 + 256 * math.cos(turn), 338 + 256 * math.sin(turn)),
                (600 + 298 * math.cos(turn), 338 + 298 * math.sin(turn)),
            ],
            "#10182b",
            5,
        )
    chance = random.Random(31)
    for _ in range(26):
        turn, far = chance.uniform(0, 2 * math.pi), chance.uniform(70, 200)
        bend = turn + chance.uniform(-0.7, 0.7)
        end = (600 + far * math.cos(bend), 338 + far * math.sin(bend))
        middle = (600 + far * 0.6 * math.cos(turn), 338 + far * 0.6 * math.sin(turn))
        scene.line(curve((600, 338), middle, end), "#7fa6d9", 2.4)
    for turn in (0.5, 2.2, 3.6, 5.4):
        end = (600 + 330 * math.cos(turn), 338 + 330 * math.sin(turn))
        scene.line([(600, 338), end], CORAL, 6)
        scene.disc(*end, 11, CORAL)
    for turn, width in ((1.25, 40), (4.4, 52)):
        side = 0.08
        scene.polygon(
            [
                (600 + 216 * math.cos(turn - side), 338 + 216 * math.sin(turn - side)),
                (
                    600 + (216 + width) * math.cos(turn - side),
                    338 + (216 + width) * math.sin(turn - side),
                ),
                (
                    600 + (216 + width) * math.cos(turn + side),
                    338 + (216 + width) * math.sin(turn + side),
                ),
                (600 + 216 * math.cos(turn + side), 338 + 216 * math.sin(turn + side)),
            ],
            GOLD,
        )
    scene.disc(600, 338, 13, WHITE)
    return scene


def garbage_patch() -> Scene:
    """Bottles and nets adrift in a slow whirl of the ocean."""
    scene = Scene("#1c6a86")
    for number, radius in enumerate((620, 500, 390, 290, 200, 120)):
        scene.disc(600, 350, radius, mixed("#1c6a86", "#7cc0c8", number / 7), 0.62)
    for radius in (560, 440, 330, 240, 150):
        points = [
            (600 + radius * math.cos(t), 350 + radius * 0.6 * math.sin(t))
            for t in steps(0.3, 2.6, 50)
        ]
        scene.line(points, "#ffffff4d", 5)
        scene.line([(1200 - x, 700 - y) for x, y in points], "#ffffff4d", 5)
    chance = random.Random(17)
    hues = (WHITE, CORAL, GOLD, "#d6e6e8", "#f0b0a4", "#2f4858")
    for _ in range(120):
        turn, far = chance.uniform(0, 2 * math.pi), chance.gauss(0, 170)
        x, y = 600 + far * math.cos(turn), 350 + far * 0.6 * math.sin(turn)
        size = chance.uniform(4, 11)
        hue = chance.choice(hues)
        if chance.random() < 0.5:
            scene.disc(x, y, size, hue)
        else:
            scene.polygon(
                [(x - size, y), (x, y - size), (x + size * 1.4, y), (x, y + size * 0.8)], hue
            )
    for x, y, hue in ((520, 300, "#e9f4f5"), (724, 410, "#bfe0d8"), (640, 250, "#f4d9a8")):
        scene.box(x, y, x + 86, y + 34, hue, 16)
        scene.box(x + 84, y + 9, x + 106, y + 25, hue, 4)
        scene.box(x + 104, y + 7, x + 116, y + 27, CORAL, 3)
        scene.box(x + 22, y, x + 56, y + 34, "#ffffff80")
    for number in range(7):
        scene.line([(430 + number * 16, 400), (400 + number * 16, 470)], GOLD, 3)
        scene.line(
            [(424 - number * 3, 404 + number * 10), (530 - number * 4, 404 + number * 10)], GOLD, 3
        )
    return scene


def probe() -> Scene:
    """A probe behind its shield, close to the Sun."""
    scene = Scene("#1a0d18")
    stars(scene, 60, 33)
    for number, radius in enumerate((640, 560, 490, 430)):
        colour = ("#3a1420", "#6e1f22", "#c4472c", "#f0962f")[number]
        scene.disc(40, 400, radius, colour)
    scene.disc(40, 400, 370, "#f7c34a")
    for turn in steps(-0.9, 0.7, 7):
        x, y = 40 + 430 * math.cos(turn), 400 + 430 * math.sin(turn)
        high = (40 + 560 * math.cos(turn + 0.08), 400 + 560 * math.sin(turn + 0.08))
        end = (40 + 430 * math.cos(turn + 0.16), 400 + 430 * math.sin(turn + 0.16))
        scene.line(curve((x, y), high, end), "#f7c34a", 9)
    scene.polygon([(770, 214), (808, 206), (826, 430), (788, 438)], WHITE)
    scene.polygon([(808, 206), (822, 210), (840, 426), (826, 430)], "#c9c2b8")
    scene.polygon([(836, 268), (930, 280), (934, 356), (842, 374)], "#5c6577")
    scene.polygon([(930, 292), (1010, 300), (1012, 336), (934, 344)], "#444c5c")
    for y, lean in ((250, -70), (392, 70)):
        scene.polygon([(862, y), (902, y), (938, y + lean), (898, y + lean)], "#2f5f9a")
        scene.line([(870, y + lean * 0.4), (930, y + lean * 0.4)], "#8fb3d9", 3)
    scene.line([(1010, 318), (1120, 318)], STONE, 5)
    scene.disc(1124, 318, 8, STONE)
    for y in (236, 300, 366):
        scene.line([(560, y + 40), (742, y)], "#f7c34a90", 5)
    return scene


SCENES: dict[str, Callable[[], Scene]] = {
    "2026-11-22/alphafold-nobel": protein,
    "2026-11-22/higgs-boson-discovery": detector,
    "2026-11-22/pacific-garbage-patch": garbage_patch,
    "2026-11-22/parker-solar-probe-record": probe,
    "2026-11-20/antihydrogen-falls-down": falling_atoms,
    "2026-11-20/chicxulub-asteroid-origin": asteroid,
    "2026-11-20/oldest-ice-core": ice_core,
    "2026-11-20/perovskite-tandem-record": solar_cell,
    "2026-11-20/post-quantum-standards": lattice,
    "2026-11-20/speech-brain-implants": speech,
    "2026-11-20/sulawesi-cave-art": cave_pig,
    "2026-11-21/warmest-year-2024": warmest_year,
    "2026-11-21/fruit-fly-connectome": fly_brain,
    "2026-11-21/herculaneum-scroll": scroll,
    "2026-11-21/kakeya-conjecture": needle,
    "2026-11-21/life-beneath-vents": vents,
    "2026-11-21/stem-cell-trial": standing,
    "2026-11-21/webb-early-galaxies": webb,
    "2026-11-21/willow-error-correction": qubits,
}


def main() -> None:
    """Draw all of them, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "seeds")
    parser.add_argument("names", nargs="*", help="some scenes alone, by a part of their names")
    options = parser.parse_args()
    for name, draw in SCENES.items():
        if not options.names or any(part in name for part in options.names):
            data = draw().webp()
            assert len(data) <= MOST_BYTES, (name, len(data))
            path = options.out / f"{name}.webp"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"{len(data):7,}  {path}")


if __name__ == "__main__":
    main()
