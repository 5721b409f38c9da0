"""A bucket takes what is signed as Amazon's documents sign it, and says why it does not."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.pictures.bucket import NotTakenError
from tests.bucket_server import EXAMPLE, bucket_server

NOW = datetime(2013, 5, 24, tzinfo=UTC)


def headers(body: bytes, **more: str) -> dict[str, str]:
    return {
        "Host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": "20130524T000000Z",
        **more,
    }


@pytest.mark.parametrize(
    ("method", "path", "sent", "signature"),
    [
        (
            "GET",
            "/test.txt",
            headers(b"", Range="bytes=0-9"),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            headers(
                b"Welcome to Amazon S3.",
                Date="Fri, 24 May 2013 00:00:00 GMT",
                **{"x-amz-storage-class": "REDUCED_REDUNDANCY"},
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "/?lifecycle=",
            headers(b""),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
    ],
)
def test_the_signatures_of_amazons_examples_are_ours(method, path, sent, signature):
    made = EXAMPLE.signature(method, EXAMPLE.endpoint + path, sent)
    assert made.endswith(f"Signature={signature}")
    assert "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request" in made


def test_a_picture_is_put_below_its_name_to_be_kept_for_good():
    with bucket_server() as (address, kept):
        replace(EXAMPLE, endpoint=f"{address}/").put("a.jpg", b"picture", "image/jpeg", NOW)
    assert kept == {
        "/examplebucket/a.jpg": (b"picture", "image/jpeg", "public, max-age=31536000, immutable")
    }


def test_what_is_not_taken_is_told_in_the_servers_words():
    with bucket_server() as (address, kept):
        stranger = replace(EXAMPLE, endpoint=address, secret_key="another")
        with pytest.raises(NotTakenError, match=r"answers 403: .*SignatureDoesNotMatch"):
            stranger.put("a.jpg", b"picture", "image/jpeg", NOW)
    assert kept == {}
    assert "another" not in repr(stranger)


def test_a_bucket_that_cannot_be_reached_is_told():
    nowhere = replace(EXAMPLE, endpoint="http://127.0.0.1:9")
    with pytest.raises(NotTakenError, match="cannot be reached"):
        nowhere.put("a.jpg", b"picture", "image/jpeg", NOW)
