"""DKIM: what we sign, another implementation verifies; what is changed afterwards, it does not."""

from types import SimpleNamespace

import dkim as dkimpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.deliver.dkim import SIGNED, DkimKey, generate_key, load_key, make_signer
from digest.errors import UsageError
from tests.sampling import examples
from tests.unit.render.test_message import send

KEYS = {
    kind: load_key(generate_key(kind), domain="example.org", selector=kind, origin="test")
    for kind in ("rsa", "ed25519")
}
NOW = 1_795_262_400


def verified(message: bytes, *keys: DkimKey) -> list[bool]:
    """Each signature's verdict by dkimpy, which asks our records instead of DNS."""
    records = {f"{key.record_name}.".encode(): key.record.encode() for key in keys}
    verifier = dkimpy.DKIM(message)
    verdicts = []
    for number in range(len(keys)):
        try:
            verdicts.append(
                verifier.verify(idx=number, dnsfunc=lambda name, timeout=5: records.get(name))
            )
        except dkimpy.ValidationError:
            verdicts.append(False)
    return verdicts


def signed(message: bytes, *kinds: str) -> bytes:
    return make_signer([KEYS[kind] for kind in kinds])(message, NOW)


@pytest.mark.parametrize("kinds", [("rsa",), ("ed25519",), ("rsa", "ed25519")])
def test_what_we_sign_is_verified(kinds):
    keys = [KEYS[kind] for kind in kinds]
    assert verified(signed(send(), *kinds), *keys) == [True] * len(kinds)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: Headline", b"Subject: Headlime"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: x"),
        (b"From: Daily", b"From: evil@example.org\r\nFrom: Daily"),
        (b"Subject: Headline", b"Subject: Buy\r\nSubject: Headline"),
        (b"Second bullet", b"Second bulet"),
    ],
)
def test_what_is_changed_afterwards_is_not(old, new):
    message = signed(send(), "ed25519")
    changed = message.replace(old, new)
    assert changed != message
    assert verified(changed, KEYS["ed25519"]) == [False]


def test_the_headers_of_rfc_8058_are_signed():
    head = signed(send(), "rsa").partition(b"\r\nFrom: ")[0]
    names = head.split(b"h=")[1].split(b";")[0].split(b":")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from"} <= set(names)
    assert {name.decode() for name in names} <= set(SIGNED)


VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60)


@given(
    st.dictionaries(st.sampled_from(["From", "To", "Subject", "Date", "X-Other"]), VALUES),
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70), max_size=8),
    st.integers(0, 3),
)
@settings(max_examples=examples(60), deadline=None)
def test_any_message_is_signed_so_that_it_verifies(headers, lines, blank):
    headers = {"From": "a@example.org", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    body = "\r\n".join(lines) + "\r\n" * (1 + blank)
    message = signed((head + "\r\n" + body).encode(), "ed25519")
    assert verified(message, KEYS["ed25519"]) == [True]


@given(
    begin=st.text("ab \r\n", max_size=12),
    end=st.text("ab \r\n", max_size=12),
    common=st.text("ab \r\n", max_size=12),
)
def test_it_is_signed_alike_whatever_it_is_said_to_have_in_common_with_others(begin, end, common):
    body = (begin + end).encode()
    message = b"From: Daily <daily@example.org>\r\n\r\n" + body
    sign = make_signer([KEYS["ed25519"]])
    alone = sign(message, NOW)
    assert sign(message, NOW, begin.encode()) == alone
    assert sign(message, NOW, common.encode()) == alone


@pytest.mark.parametrize(
    ("pem", "reason"),
    [(b"", "holds no private key"), (b"-----BEGIN X-----\n", "holds no private key")],
)
def test_what_is_no_key_is_told(pem, reason):
    with pytest.raises(UsageError, match=reason):
        load_key(pem, domain="example.org", selector="x", origin="dkim.pem")


def test_the_private_key_is_never_shown():
    assert "PRIVATE" not in repr(SimpleNamespace(key=KEYS["rsa"]))
