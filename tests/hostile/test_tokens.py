"""Links that we did not sign, as near to signed ones as can be, at every page behind a token."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.render.links import Links
from tests.contract.subscriber_site import ADA, BEN, HOME, Subscribers, open_subscribers
from tests.sampling import sample

PAGES = {
    "unsubscribe": ("", "/all", "/undo", "/preferences", "/reason"),
    "preferences": (
        *("", "/choices", "/newsletters", "/pause", "/address", "/data.json", "/erase"),
    ),
    "confirm": ("",),
    "address": ("",),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Subscribers]:
    folder: Path = tmp_path_factory.mktemp("tokens")
    with open_subscribers(folder / "project", f"sqlite:///{folder}/digest.db") as opened:
        yield opened


def tokens(links: Links, subscriber: int) -> dict[str, str]:
    """A link for each purpose, as it is signed."""
    made = {
        "unsubscribe": links.unsubscribe("daily", subscriber),
        "preferences": links.preferences("daily", subscriber),
        "confirm": links.confirm(subscriber),
        "address": links.confirm_address(subscriber),
    }
    return {purpose: link.rpartition("/")[2] for purpose, link in made.items()}


def mutants(token: str, other: str) -> Iterator[str]:
    """What might be taken for a token by code that is not careful; `other` is somebody else's."""
    said, _, signature = token.rpartition(".")
    others, _, signature_of_other = other.rpartition(".")
    for place in range(len(said)):
        yield f"{said[:place]}{chr(ord(said[place]) ^ 1)}{said[place + 1 :]}.{signature}"
    for place in range(0, len(signature) - 1, 3):
        changed = "A" if signature[place] != "A" else "B"
        yield f"{said}.{signature[:place]}{changed}{signature[place + 1 :]}"
    yield from (
        f"{said}.{signature_of_other}",
        f"{others}.{signature}",
        f"{said}.{others}.{signature}",
    )
    yield from (f"{said}.", f".{signature}", said, signature, f"{said}.{signature[:-1]}", "." * 9)
    yield from (f"{token}.", f".{token}", f"{token}A", f"{token}%00", f"{token}%20", f"{token}%2e")
    yield from (
        f"{said}%2e{signature[::-1]}",
        f"{said}.{signature}=",
        f"{said}.{signature}.{signature}",
    )
    yield from (f"{said}.{signature.swapcase()}", f"%F0%9F%92%8C{token}", f"0{token}", f"-{token}")
    yield from (f"{said}.null", f"{said}.undefined", f"{said}.{'A' * 43}", f"{said}.{'A' * 5000}")
    yield base64.urlsafe_b64encode(b'["daily",1]').decode().rstrip("=") + ".AAAA"
    yield base64.urlsafe_b64encode(b'{"alg":"none"}').decode() + f".{said}."
    for empty in ("", "a", "changeme"):
        yield tokens(Links(HOME, empty), 1)["preferences"]


def test_no_mutant_of_a_token_opens_or_changes_anything(site):
    ada, ben = site.subscribe(ADA), site.subscribe(BEN)
    mine, others = (
        tokens(site.pipeline.project.links, ada),
        tokens(site.pipeline.project.links, ben),
    )
    before = site.dump()
    for purpose, pages in PAGES.items():
        forged = sample([*mutants(mine[purpose], others[purpose])], 20)
        for token in [*forged, *(other for name, other in mine.items() if name != purpose)]:
            for page in pages:
                for ask in (site.get, site.post):
                    answer = ask(f"/{purpose}/{token}{page}")
                    assert answer.status_code in (404, 405), (ask, purpose, token, page)
                    assert ADA not in answer.text
    assert site.dump() == before


def test_what_was_signed_opens_its_page(site):
    mine = tokens(site.pipeline.project.links, site.subscribe(ADA))
    for purpose in ("unsubscribe", "preferences"):
        assert site.get(f"/{purpose}/{mine[purpose]}").status_code == 200
