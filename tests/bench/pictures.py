"""100 pictures fetched, cut and kept, beside Pillow alone on the same bytes.

Pillow alone opens each, scales it to the three cuts and encodes them, in one process, and checks
nothing. Ours fetches them from a server on loopback, cuts them in processes with bounds, and writes
them synced to the disk.

Fetched, cut and kept                                    at most 1.5 times Pillow alone
"""

import argparse
import functools
import http.server
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from digest.app import make_picture_fetcher
from digest.clock import system_clock
from digest.config import load_config
from digest.model import Image as NamedImage
from digest.new_project import create_project
from digest.pictures.cut import COLUMN, SMALL, WIDE
from digest.pictures.folder import PictureFolder
from digest.services.pictures.due import WantedPicture
from digest.services.pictures.make import make_pictures

SIZE = (2000, 1333)


def photographs(folder: Path, count: int) -> list[Path]:
    """JPEGs as cameras make them: soft light, fine grain, 300 to 400 kB each."""
    light = Image.linear_gradient("L").resize(SIZE)
    grain = Image.effect_noise(SIZE, 24)
    paths = []
    for number in range(count):
        turned = light.rotate(number * 7).point(lambda value: 60 + value * 0.6)
        image = Image.merge("RGB", (turned, grain, ImageOps.flip(turned)))
        paths.append(folder / f"{number}.jpg")
        image.save(paths[-1], quality=82)
    return paths


def pillow_alone(paths: list[Path]) -> None:
    """What no program that makes the same cuts can do without."""
    for path in paths:
        image = Image.open(BytesIO(path.read_bytes()))
        image.draft("RGB", (WIDE[0], WIDE[0]))
        shrunk = ImageOps.fit(image, (WIDE[0], round(WIDE[0] * SIZE[1] / SIZE[0])))
        for size in (WIDE, (COLUMN, round(COLUMN * SIZE[1] / SIZE[0])), SMALL):
            cut = ImageOps.fit(shrunk, size, Image.Resampling.LANCZOS)
            cut.save(BytesIO(), "JPEG", quality=82, optimize=True, progressive=True)
            cut.save(BytesIO(), "WEBP", quality=78, method=4)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder at an address on loopback."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def ours(root: Path, base: str, count: int) -> int:
    """Fetch, cut and keep them; how many there are then."""
    config = load_config(root)
    wanted = [
        WantedPicture(number, f"{base}/{number}.jpg", NamedImage(f"{base}/{number}.jpg"))
        for number in range(count)
    ]
    kept = PictureFolder(config.picture_folder)
    made = make_pictures(wanted, make_picture_fetcher(config, system_clock), patience=600)
    for one in made:
        kept.put(one.files)
    return sum(one.picture is not None for one in made)


def main() -> None:
    """Measure both in turn, and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    count = options.pictures
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pictures = root / "pictures"
        pictures.mkdir()
        paths = photographs(pictures, count)
        create_project(root / "project")
        settings = root / "project" / "config" / "digest.toml"
        text = settings.read_text().replace("[collect]", '[collect]\nallow = ["127.0.0.1"]')
        settings.write_text(text)
        times: list[tuple[float, float]] = []
        with served(pictures) as base:
            for _ in range(options.rounds):
                began = time.perf_counter()
                pillow_alone(paths)
                alone = time.perf_counter() - began
                began = time.perf_counter()
                assert ours(root / "project", base, count) == count
                times.append((alone, time.perf_counter() - began))
    alone, own = (min(pair[place] for pair in times) for place in (0, 1))
    print(f"Pillow alone, {count} pictures              {alone:8.2f} s")
    print(f"Fetched, cut and kept                    {own:8.2f} s   (at most {1.5 * alone:.2f})")
    print(f"Ratio                                    {own / alone:8.2f}     (at most 1.5)")


if __name__ == "__main__":
    main()
