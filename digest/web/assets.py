"""What lies below /static: the files of this version, and a project's own, which win.

Each is served for a year under an address that holds a hash of it.
"""

import mimetypes
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from starlette.responses import Response

from digest.model import Topic
from digest.render.colours import DARK_CARD, readable
from digest.web.page_cache import CachedPage, pack

OURS = Path(__file__).parent / "static"
PAPER = "#f4f2ed"
FOR_A_YEAR = "public, max-age=31536000, immutable"
_FOR_NOW = "public, max-age=300"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Assets:
    """The files, read once; the style sheet has the colours of the topics at its end."""

    def __init__(self, project_folder: Path, topics: Iterable[Topic]) -> None:
        self._folders = (OURS, OURS / "vendor", project_folder)
        self._topics = tuple(topics)

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
            (key, _FOR_NOW.encode() if key == b"cache-control" else value)
            for key, value in asset.head
        )
        return CachedPage(asset.status, head, asset.body, asset.packed, asset.etag)

    @cached_property
    def _files(self) -> dict[str, CachedPage]:
        paths = [path for folder in self._folders for path in _files_of(folder)]
        return {path.name: self._read(path) for path in paths}

    def _read(self, path: Path) -> CachedPage:
        body = path.read_bytes()
        if path == OURS / "site.css":
            body += topic_colours(self._topics).encode()
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        headers = {"Cache-Control": FOR_A_YEAR}
        return pack(Response(body, headers=headers, media_type=kind or "application/octet-stream"))


def _version(asset: CachedPage) -> str:
    return asset.etag.decode()[3:15]


def _files_of(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.name[0] != "."]


def topic_colours(topics: Iterable[Topic]) -> str:
    """Each topic's colour as a class, moved so far that it can be read on light and on dark.

    A class for each, because the policy of our pages allows no style attribute.
    """
    light, dark = [], []
    for topic in topics:
        light.append(f".t-{topic.id}{{color:{readable(topic.colour, PAPER)}}}")
        dark.append(f".t-{topic.id}{{color:{readable(topic.colour, DARK_CARD)}}}")
    return "".join([*light, "@media (prefers-color-scheme:dark){", *dark, "}\n"])
