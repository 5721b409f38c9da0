"""Pictures as people and strangers send them, made when they are asked for: good, odd, hostile."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

ORIENTATION = 0x0112


def scene(width: int = 1600, height: int = 900, mode: str = "RGB") -> Image.Image:
    """A picture whose left half is red and whose top half is lighter."""
    image = Image.new("RGB", (width, height), (150, 30, 30))
    image.paste((30, 30, 150), (width // 2, 0, width, height))
    image.paste((240, 90, 90), (0, 0, width // 2, height // 2))
    image.paste((90, 90, 240), (width // 2, 0, width, height // 2))
    return image.convert(mode)


def noise(width: int = 1600, height: int = 900) -> Image.Image:
    """What no encoder makes small."""
    bands = [Image.effect_noise((width, height), 90) for _ in range(3)]
    return Image.merge("RGB", bands)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The bytes of a picture."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def rotated() -> bytes:
    """As a phone held upright writes it: 1600 by 900 pixels, to be turned by 90 degrees."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010E] = "taken at home"
    return saved(scene(), exif=exif, comment=b"a secret comment")


def with_profile() -> bytes:
    """In colours of another space than sRGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return saved(scene(), "PNG", icc_profile=profile.tobytes())


def animated(kind: str, frames: int = 40) -> bytes:
    """Many frames, each another."""
    images = [scene(400, 300).rotate(number * 7) for number in range(frames)]
    return saved(images[0], kind, save_all=True, append_images=images[1:])


def png_of(width: int, height: int) -> bytes:
    """A PNG of so many pixels in a few bytes, one bit each; what a decompression bomb is."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    rows = zlib.compress(bytes((width + 7) // 8 + 1) * min(height, 2_000), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_with_text(size: int) -> bytes:
    """A PNG with a comment that grows when it is unpacked."""
    whole = saved(scene(300, 200), "PNG")
    text = b"Comment\0\0" + zlib.compress(b"a" * size, 9)
    chunk = b"zTXt" + text
    packed = struct.pack(">I", len(text)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return whole[:33] + packed + whole[33:]


# What can be shown, by name.
GOOD: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(scene()),
    "progressive": lambda: saved(scene(), progressive=True),
    "png": lambda: saved(scene(), "PNG"),
    "webp": lambda: saved(scene(), "WEBP"),
    "avif": lambda: saved(scene(800, 450), "AVIF", speed=10),
    "gif": lambda: saved(scene(800, 450), "GIF"),
    "grey": lambda: saved(scene(mode="L")),
    "palette": lambda: saved(scene(mode="P"), "PNG"),
    "see-through": lambda: saved(scene(mode="RGBA"), "PNG"),
    "grey and see-through": lambda: saved(scene(mode="LA"), "PNG"),
    "cmyk": lambda: saved(scene(mode="CMYK")),
    "16 bits": lambda: saved(scene(mode="L").convert("I;16"), "PNG"),
    "one bit": lambda: saved(scene(mode="1"), "PNG"),
    "rotated": rotated,
    "profile": with_profile,
    "bad profile": lambda: saved(scene(), icc_profile=b"no profile at all"),
    "animated gif": lambda: animated("GIF"),
    "animated webp": lambda: animated("WEBP"),
    "animated png": lambda: animated("PNG"),
    "noise": lambda: saved(noise(), quality=95),
    "huge": lambda: saved(scene(7000, 5000)),
    "tall": lambda: saved(scene(400, 4000)),
    "wide": lambda: saved(scene(4000, 200)),
    "small": lambda: saved(scene(160, 120)),
    "packed text": lambda: png_with_text(1000),
}

# What cannot, and a word of the reason.
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "damaged"),
    "text": (lambda: b"Not a picture, whatever its name says.\n" * 90, "of a kind"),
    "page": (lambda: b"<!doctype html><html><body>404</body></html>", "of a kind"),
    "svg": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "tiff": (lambda: saved(scene(400, 300), "TIFF"), "of a kind"),
    "bmp": (lambda: saved(scene(400, 300), "BMP"), "of a kind"),
    "truncated jpeg": (lambda: saved(noise(400, 300))[:40_000], "damaged"),
    "truncated png": (lambda: saved(noise(400, 300), "PNG")[:40_000], "damaged"),
    "truncated webp": (lambda: saved(noise(400, 300), "WEBP")[:9_000], "damaged"),
    "header alone": (lambda: saved(scene())[:40], "damaged"),
    "pixel": (lambda: saved(scene(1, 1), "GIF"), "1 × 1 pixels: too small"),
    "icon": (lambda: saved(scene(64, 64), "PNG"), "64 × 64 pixels: too small"),
    "bomb": (lambda: png_of(60_000, 60_000), "60,000 × 60,000 pixels"),
    "missing rows": (lambda: png_of(6_000, 6_000)[:90], "damaged"),
    "too heavy": (lambda: b"\xff\xd8\xff" + bytes(10_000_001), "over 10 MB"),
    "zeros": (lambda: bytes(5_000), "of a kind"),
}
