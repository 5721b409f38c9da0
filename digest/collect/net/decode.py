"""Content codings of a body, undone in steps of bounded size, so that a bomb does not go off; pure.

RFC 9110, section 8.4. Servers lie about gzip in both ways; what begins with its magic number is
unpacked, what does not is taken as it is.
"""

import zlib
from collections.abc import Callable, Generator, Iterator

import brotli

ACCEPTED = "gzip, deflate, br"

_STEP = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_CODINGS = 2
_MOST_MEMBERS = 100


class TooLargeError(Exception):
    """More came out than was allowed. Never leaves `collect`."""


class BadCodingError(Exception):
    """A body that is not what its Content-Encoding says. Never leaves `collect`."""


def decode(body: bytes, codings: str, limit: int) -> bytes:
    """The body without its codings (the value of Content-Encoding); at most `limit` bytes."""
    names = [name.strip().lower() for name in codings.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _MOST_CODINGS:
        raise BadCodingError(f"it is packed {len(names)} times")
    for name in reversed(names):
        unpack = _UNPACKERS.get(name)
        if unpack is None:
            raise BadCodingError(f"it is packed as {name[:40]!r}, which nobody asked for")
        body = _joined(unpack(body), limit)
    # A file that ends in .gz, served as it is.
    return _joined(_gunzip(body), limit) if body.startswith(_GZIP_MAGIC) else body


def _joined(pieces: Iterator[bytes], limit: int) -> bytes:
    out = bytearray()
    for piece in pieces:
        out += piece
        if len(out) > limit:
            raise TooLargeError
    return bytes(out)


def _gunzip(body: bytes) -> Iterator[bytes]:
    """The members of a gzip body; what follows the last one is dropped, as gunzip does."""
    if not body.startswith(_GZIP_MAGIC):
        yield body
        return
    for _ in range(_MOST_MEMBERS):
        if not body.startswith(_GZIP_MAGIC):
            return
        body = yield from _inflate(body, 16 + zlib.MAX_WBITS)
    raise BadCodingError(f"it is packed in more than {_MOST_MEMBERS} pieces")


def _deflate(body: bytes) -> Iterator[bytes]:
    """With the zlib header that the RFC asks for, or without it as some servers send it."""
    has_header = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    yield from _inflate(body, zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _inflate(body: bytes, bits: int) -> Generator[bytes, None, bytes]:
    """Steps of what is unpacked; returns what follows the end."""
    unpacker = zlib.decompressobj(bits)
    at = 0
    try:
        while not unpacker.eof:
            # Not all at once: what zlib leaves over is copied at each step.
            packed = unpacker.unconsumed_tail or body[at : (at := at + _STEP)]
            piece = unpacker.decompress(packed, _STEP)
            if not piece and not packed:
                raise BadCodingError("it ends in the middle of the packed data")
            yield piece
    except zlib.error as error:
        raise BadCodingError("the packed data is broken") from error
    return unpacker.unused_data + body[at:]


def _unbrotli(body: bytes) -> Iterator[bytes]:
    unpacker = brotli.Decompressor()
    try:
        yield unpacker.process(body, output_buffer_limit=_STEP)
        while not unpacker.is_finished():
            piece = unpacker.process(b"", output_buffer_limit=_STEP)
            if not piece and unpacker.can_accept_more_data():
                raise BadCodingError("it ends in the middle of the packed data")
            yield piece
    except brotli.error as error:
        raise BadCodingError("the packed data is broken") from error


_UNPACKERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
