"""Where a mail's pictures are: on the site, or in the message itself (RFC 2387); pure."""

import base64
import re
from collections.abc import Callable

from digest.model import Newsletter, PictureFile
from digest.render.links import Links

# The bytes of a picture by its name, None where they are not there any more.
ReadPicture = Callable[[str], bytes | None]

_NAME = r"[0-9a-f]{32}\.(?:jpg|png|webp)"
# Only in an attribute: what a story says has no quotation mark there.
_ATTACHED = re.compile(rf' src="cid:({_NAME})@[^"]*"')
_HOSTED = re.compile(rf' src="https?://[^"]+/({_NAME})"')
_KINDS = {"jpg": b"jpeg", "png": b"png", "webp": b"webp"}


def picture_address(file: PictureFile, newsletter: Newsletter, links: Links) -> str:
    """What the mail's <img> names: an address of the site, or the Content-ID of a part."""
    if newsletter.images == "attached":
        return f"cid:{_content_id(file.name, newsletter)}"
    return links.picture(file.name)


def fitted_size(file: PictureFile, width: int, height: int) -> tuple[int, int]:
    """Width and height at which a picture is shown in a place that is at most so large."""
    scale = min(1.0, width / file.width, height / file.height)
    return max(1, round(file.width * scale)), max(1, round(file.height * scale))


def attached_names(html: str) -> list[str]:
    """The names of the pictures that a mail brings along, in their order."""
    return list(dict.fromkeys(_ATTACHED.findall(html)))


def picture_names(html: str, base: str) -> list[str]:
    """The names of the pictures below `base` that a page shows."""
    return list(dict.fromkeys(re.findall(rf' src="{re.escape(base)}({_NAME})"', html)))


def with_pictures_at(html: str, base: str) -> str:
    """The mail with its pictures below `base`, for where it is no mail: a page, a preview.

    Also that of an issue which was sealed when they had another address.
    """
    there = rf' src="{base}\1"'
    return _HOSTED.sub(there, _ATTACHED.sub(there, html))


def picture_part(name: str, data: bytes, newsletter: Newsletter) -> bytes:
    """A picture as a part of a message, without the boundary before it."""
    kind = _KINDS[name.rpartition(".")[2]]
    return (
        b"Content-Type: image/%s\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-ID: <%s>\r\n"
        b'Content-Disposition: inline; filename="%s"\r\n\r\n'
        % (kind, _content_id(name, newsletter).encode(), name.encode())
    ) + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _content_id(name: str, newsletter: Newsletter) -> str:
    """RFC 2392: unique in the world, as a Message-ID is."""
    return f"{name}@{newsletter.sender_domain}"
