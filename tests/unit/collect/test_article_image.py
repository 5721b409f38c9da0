"""The picture that an article's page names for those who link to it."""

import pytest

from digest.collect.article_image import article_image
from digest.model import Image

URL = "https://times.example/2026/moon"


def page(*metas: str) -> bytes:
    return f"<html><head>{''.join(metas)}</head><body>x</body></html>".encode()


@pytest.mark.parametrize(
    ("metas", "image"),
    [
        (['<meta property="og:image" content="/a.jpg">'], Image("https://times.example/a.jpg")),
        (['<meta name="twitter:image" content="b.jpg">'], Image(f"{URL[:-4]}b.jpg")),
        (
            [
                '<meta property="og:image" content="https://img.example/a.jpg">',
                '<meta property="og:image:alt" content="A &quot;moon&quot;">',
                '<meta property="og:image" content="https://img.example/second.jpg">',
            ],
            Image("https://img.example/a.jpg", 'A "moon"'),
        ),
        (['<meta property="og:image" content="">'], None),
        (['<meta property="og:image" content="javascript:alert(1)">'], None),
        (['<meta property="og:title" content="x">'], None),
    ],
)
def test_it_is_found_where_pages_write_it(metas, image):
    assert article_image(page(*metas), URL) == image


@pytest.mark.parametrize("body", [b"", b"\0" * 99, b"<", b"\xff\xfe<meta", b"no page at all"])
def test_what_is_no_page_names_none(body):
    assert article_image(body, URL) is None
