"""Content codings are undone in bounded steps."""

import contextlib
import gzip
import time
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.collect.net.decode import BadCodingError, TooLargeError, decode

TEXT = b"<rss>" + b"harvest " * 50_000 + b"</rss>"
RAW_DEFLATE = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(TEXT),
    "X-GZIP": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT),
    "identity": TEXT,
    "": TEXT,
    "br, gzip": gzip.compress(brotli.compress(TEXT)),
}


@pytest.mark.parametrize("codings", PACKED)
def test_each_coding_is_undone(codings: str):
    assert decode(PACKED[codings], codings, 1_000_000) == TEXT


def test_deflate_without_its_header_is_read_too():
    assert decode(RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush(), "deflate", 10**6) == TEXT


def test_gzip_that_is_none_and_gzip_that_nobody_named_are_read_as_they_are():
    assert decode(TEXT, "gzip", 10**6) == TEXT
    assert decode(gzip.compress(TEXT), "", 10**6) == TEXT


def test_several_members_are_one_body():
    assert decode(gzip.compress(b"<a>") + gzip.compress(b"</a>"), "gzip", 100) == b"<a></a>"


@pytest.mark.parametrize("codings", ["gzip", "deflate", "br"])
def test_a_bomb_stops_at_the_limit(codings: str):
    packers = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}
    bomb = packers[codings](bytes(30_000_000))
    assert len(bomb) < 40_000
    with pytest.raises(TooLargeError):
        decode(bomb, codings, 100_000)


def test_a_bomb_within_a_bomb_stops_too():
    with pytest.raises(TooLargeError):
        decode(gzip.compress(gzip.compress(bytes(10_000_000))), "gzip, gzip", 100_000)


@pytest.mark.parametrize("codings", ["gzip", "deflate", "br"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_half_a_body_is_none(codings: str, keep: float):
    packed = PACKED[codings]
    with pytest.raises(BadCodingError):
        decode(packed[: int(len(packed) * keep)], codings, 10**6)


@pytest.mark.parametrize("codings", ["lzma", "gzip, gzip, gzip", "br, lzma"])
def test_a_coding_that_nobody_asked_for_is_named(codings: str):
    with pytest.raises(BadCodingError, match="packed"):
        decode(TEXT, codings, 10**6)


def test_a_million_empty_members_cost_nothing():
    began = time.process_time()
    with pytest.raises(BadCodingError):
        decode(gzip.compress(b"") * 200_000, "gzip", 10**6)
    assert time.process_time() - began < 5


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "", "x", "gzip, br"]))
def test_any_bytes_are_a_body_or_a_named_fault(body: bytes, codings: str):
    with contextlib.suppress(BadCodingError, TooLargeError):
        assert len(decode(body, codings, 10_000)) <= 10_000
