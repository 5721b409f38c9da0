"""What lies below /static: the files of this version, and a project's own, which win.

Each is served for a year under an address that holds a hash of it. `frame.css` has at its end the
accent of each newsletter and the colours of the topics; icons are drawn where a project has none.
"""

import mimetypes
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from starlette.responses import Response

from digest.model import Newsletter, Topic
from digest.own_pictures import OwnPicture
from digest.pictures.folder import type_of
from digest.render.colours import DARK_CARD, on_white, readable
from digest.web.drawings import draw_icons
from digest.web.page_cache import CachedPage, pack

OURS = Path(__file__).parent / "static"
PAPER = "#f4f2ed"
FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_NOW = "public, max-age=300"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Assets:
    """The files, read once."""

    def __init__(
        self,
        project_folder: Path,
        topics: Iterable[Topic],
        newsletters: Sequence[Newsletter],
        own_pictures: Iterable[OwnPicture] = (),
    ) -> None:
        self._folders = (OURS, OURS / "vendor", project_folder)
        self._colours = newsletter_accents(newsletters) + topic_colours(topics)
        self._accent = newsletters[0].accent
        self._own_pictures = tuple(own_pictures)

    def address(self, name: str) -> str:
        """`/static/site.css?v=HASH`; without the hash where there is no such file."""
        asset = self._files.get(name)
        return f"/static/{name}" + (f"?v={_version(asset)}" if asset else "")

    def find(self, name: str, version: str = "") -> CachedPage | None:
        """A file; another version of it than was asked for is not to be kept."""
        asset = self._files.get(name)
        if asset is None or version == _version(asset):
            return asset
        head = tuple(
            (key, FOR_NOW.encode() if key == b"cache-control" else value)
            for key, value in asset.head
        )
        return CachedPage(asset.status, head, asset.body, asset.packed, asset.etag)

    @cached_property
    def _files(self) -> dict[str, CachedPage]:
        drawn = {name: _asset(data, "image/png") for name, data in draw_icons(self._accent).items()}
        own = {
            picture.file.name: _asset(picture.data, type_of(picture.file.name))
            for picture in self._own_pictures
        }
        paths = [path for folder in self._folders for path in _files_of(folder)]
        return {**drawn, **own, **{path.name: self._read(path) for path in paths}}

    def _read(self, path: Path) -> CachedPage:
        body = path.read_bytes()
        if path in (OURS / "frame.css", OURS / "admin.css"):
            body += self._colours.encode()
        elif path == OURS / "icon.svg":
            body = body.replace(b"#1d1d1f", on_white(self._accent).encode())
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        return _asset(body, kind or "application/octet-stream")


def _asset(body: bytes, kind: str) -> CachedPage:
    return pack(Response(body, headers={"Cache-Control": FOR_A_YEAR}, media_type=kind))


def _version(asset: CachedPage) -> str:
    return asset.etag.decode()[3:15]


def _files_of(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."]


def newsletter_accents(newsletters: Sequence[Newsletter]) -> str:
    """Each newsletter's accent, that of the first for all pages: `--accent` is for marks and lines.

    `--ground` is what white words stand on: the accent, moved so far that they can be read.
    """
    selectors = [":root", *(f".n-{letter.id}" for letter in newsletters)]
    light, dark = [], []
    for selector, letter in zip(selectors, (newsletters[0], *newsletters), strict=True):
        ground = on_white(letter.accent)
        accent = readable(letter.accent, PAPER)
        light.append(f"{selector}{{--accent:{accent};--ground:{ground}}}")
        dark.append(f"{selector}{{--accent:{readable(letter.accent, DARK_CARD)}}}")
    return "".join([*light, "@media (prefers-color-scheme:dark){", *dark, "}\n"])


def topic_colours(topics: Iterable[Topic]) -> str:
    """Each topic's colour as a class, moved so far that it can be read on light and on dark.

    A class for each, because the policy of our pages allows no style attribute.
    """
    light, dark = [], []
    for topic in topics:
        light.append(f".t-{topic.id}{{color:{readable(topic.colour, PAPER)}}}")
        dark.append(f".t-{topic.id}{{color:{readable(topic.colour, DARK_CARD)}}}")
    return "".join([*light, "@media (prefers-color-scheme:dark){", *dark, "}\n"])
