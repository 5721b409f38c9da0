"""Signing up on the real pages, with the real mail: the way through, and all who stray from it."""

import email
import email.policy
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from digest.app import make_pipeline
from digest.model import DeliveryState
from digest.pipeline import Pipeline
from digest.services.delivery.notices import notice_thread
from digest.store import subscribers, suppressions
from digest.store.schema import metadata
from digest.store.schema import notices as notice_table
from digest.web.app import make_app
from tests.builders import NOON
from tests.contract.givens import laid_out, subscribe
from tests.integration.conftest import Inbox, serve
from tests.pipelines import open_pipeline
from tests.sampling import examples
from tests.signing_up import Counter, HandClock, make_config

ANN = "ann@example.org"
HOME = "https://news.example.org"


@dataclass
class Scene:
    """A site, its subscriber's browser, and the mail that went out."""

    pipeline: Pipeline
    clock: HandClock
    browser: TestClient

    @property
    def counter(self) -> Counter:
        known = self.pipeline.project
        return Counter(known.config, known.database, self.clock, known.links)

    def form(self, email: str = ANN, **fields: object) -> dict[str, object]:
        """What a browser sends, of a form that was open for half a minute."""
        typed = self.counter.typed(email)
        return {"newsletter": "daily", "email": email, "stamp": typed.stamp, **fields}

    def post(self) -> list[EmailMessage]:
        """Send what waits; the mails by the numbers of their notices."""
        assert self.pipeline.notice_sender.send_waiting() is None
        files = sorted((self.pipeline.project.config.root / "outbox").glob("*.eml"), key=_number)
        return [_read(path.read_bytes()) for path in files]

    def dump(self) -> dict[str, list[object]]:
        """All that the database holds."""
        with self.pipeline.project.database.read() as connection:
            return {
                name: [tuple(row) for row in connection.execute(sa.select(table))]
                for name, table in metadata.tables.items()
            }


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _read(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


def link_in(mail: EmailMessage, path: str) -> str:
    """The path of the first link that begins so."""
    found = re.search(rf"{HOME}({path}/\S+)", text_of(mail))
    assert found is not None
    return found[1]


@contextmanager
def a_scene(root: Path, **web: object) -> Iterator[Scene]:
    """A new project, and a clock that is turned by hand."""
    make_config(root, **web)
    with open_pipeline(root) as real:
        clock = HandClock()
        pipeline = make_pipeline(replace(real.project, clock=clock))
        app = make_app(pipeline)
        yield Scene(pipeline, clock, TestClient(app, base_url=HOME, client=("203.0.113.9", 1)))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with a_scene(tmp_path) as scene:
        yield scene


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A site that takes everything, for those who try everything."""
    limits = {"signups_per_network": 10**6, "signups_per_hour": 10**6}
    with a_scene(tmp_path_factory.mktemp("open"), **limits) as scene:
        yield scene


def test_from_the_form_to_the_welcome(scene):
    form = scene.browser.get("/sign-up?newsletter=daily&topic=space")
    assert form.status_code == 200
    assert re.search(r'value="space" checked', form.text)
    sent = scene.form(name="Ann", topics=["space"], timezone="Europe/Berlin", hour="7", issue="yes")
    answer = scene.browser.post("/sign-up", data=sent)
    assert (answer.status_code, answer.url.path) == (200, "/sign-up/sent")
    assert ANN not in answer.text
    (confirm,) = scene.post()
    assert (confirm["To"], confirm["Subject"]) == (ANN, "Confirm: Example Daily")

    path = link_in(confirm, "/confirm")
    shown = scene.browser.get(path)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in shown.headers["X-Robots-Tag"]
    pressed = scene.browser.post(path)
    assert "You are in" in pressed.text
    assert "Sunday, November 22, 2026 at 7:00" in pressed.text
    assert "/preferences/daily.1." in pressed.text
    assert "Get alerts" not in pressed.text
    again = scene.browser.post(path)
    assert "You are in" in again.text
    assert "You are in" in scene.browser.get(path).text

    _, welcome = scene.post()
    assert (welcome["To"], welcome["Subject"]) == (f"Ann <{ANN}>", "Welcome to Example Daily")
    assert "Europe/Berlin" in text_of(welcome)
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_whoever_is_in_is_offered_alerts_where_the_newsletter_has_any(scene):
    scene.browser.post("/sign-up", data=scene.form(newsletter="weekly"))
    (confirm,) = scene.post()
    pressed = scene.browser.post(link_in(confirm, "/confirm"))
    form = re.search(r'action="(/preferences/weekly\.\S+/alerts)"', pressed.text)
    assert form is not None
    with scene.pipeline.project.database.read() as connection:
        assert not any(row["alerts"] for row in subscribers.everyone(connection))
    chosen = scene.browser.post(form[1], data={"alerts": "yes"})
    assert chosen.status_code == 200
    assert "Stop alerts" in chosen.text
    with scene.pipeline.project.database.read() as connection:
        assert [row["alerts"] for row in subscribers.everyone(connection)] == [True]


def test_to_open_links_changes_nothing(scene):
    scene.browser.post("/sign-up", data=scene.form())
    (confirm,) = scene.post()
    paths = ["/sign-up", "/sign-up?topic=space", "/sign-up/sent", link_in(confirm, "/confirm")]
    before = scene.dump()
    for path in paths:
        assert scene.browser.get(path).status_code == 200
        assert scene.browser.head(path).status_code == 200
    assert scene.dump() == before


@pytest.mark.parametrize("kind", ["pending", "subscribed", "erased", "bounced", "complained"])
def test_the_answer_is_the_same_whatever_an_address_is_to_us(scene, kind):
    database = scene.pipeline.project.database
    if kind == "pending":
        scene.counter.ask()
        scene.clock.turn(hours=1)
    with database.write() as connection:
        if kind == "subscribed":
            subscribe(connection, ANN)
        elif kind != "pending":
            suppressions.suppress(connection, ANN, kind, NOON)
    answers = [
        scene.browser.post("/sign-up", data=scene.form(address), follow_redirects=False)
        for address in (ANN, "new@example.org")
    ]
    told = [
        (one.status_code, one.content, sorted(one.headers.items()), one.headers["Location"])
        for one in answers
    ]
    assert told[0] == told[1]
    pages = [scene.browser.get(one.headers["Location"]).content for one in answers]
    assert pages[0] == pages[1]


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(scene):
    wrong = scene.form("ann@", name="Ann", topics=["space"], hour="8", timezone="Asia/Tokyo")
    answer = scene.browser.post("/sign-up", data=wrong)
    assert answer.status_code == 422
    assert 'aria-describedby="email-fault"' in answer.text
    for kept in ('value="ann@"', 'value="Ann"', 'value="space" checked', 'value="8" selected'):
        assert kept in answer.text
    assert 'value="Asia/Tokyo" selected' in answer.text
    assert "data-zone" not in answer.text
    mended = re.search(r'name="stamp" value="([^"]+)"', answer.text)
    assert mended is not None
    scene.clock.turn(seconds=5)
    good = {**wrong, "email": ANN, "stamp": mended[1]}
    assert scene.browser.post("/sign-up", data=good).status_code == 200
    assert len(scene.post()) == 1


@pytest.mark.parametrize("less", [{}, {"stamp": ""}, {"website": "filled in by a browser"}])
def test_what_is_wrong_with_a_form_is_said_before_anything_else_is_asked_of_it(scene, less):
    answer = scene.browser.post("/sign-up", data=scene.form("ann@") | less)
    assert answer.status_code == 422
    assert "This is not an address." in answer.text
    assert scene.post() == []


@pytest.mark.parametrize("stamped", [True, False], ids=["with a stamp", "without one"])
def test_a_zone_that_is_none_falls_back_to_the_newsletters_and_a_note_says_so(scene, stamped):
    form = scene.form(timezone="Mars/Olympus") | ({} if stamped else {"stamp": ""})
    answer = scene.browser.post("/sign-up", data=form)
    assert answer.status_code == 422
    assert "Mars" not in answer.text
    assert 'aria-describedby="timezone-fault"' in answer.text
    assert "That of the newsletter is chosen now." in answer.text
    assert scene.post() == []


def test_a_zone_that_is_in_no_list_is_kept_all_the_same(scene):
    answer = scene.browser.post("/sign-up", data=scene.form("ann@", timezone="Asia/Calcutta"))
    assert '<option value="Asia/Calcutta" selected>Calcutta' in answer.text
    assert "timezone-fault" not in answer.text


def test_the_form_says_when_the_newsletter_comes_and_by_which_clock(scene):
    page = scene.browser.get("/sign-up?newsletter=daily").text
    assert "every day at 6:00\N{NO-BREAK SPACE}AM (UTC)" in page


def test_mail_page_and_answer_agree_on_where_the_button_is(scene):
    answer = scene.browser.post("/sign-up", data=scene.form())
    assert "It leads to a page with one button" in answer.text
    (confirm,) = scene.post()
    for kind in ("plain", "html"):
        told = " ".join(text_of(confirm, kind).split())
        assert "Open the page and press the button there" in told
        assert "Yes, send it to me" not in told
    page = scene.browser.get(link_in(confirm, "/confirm")).text
    assert page.count("<button") == 1
    assert "Yes, send it to me" in page


def test_a_form_on_another_page_asks_for_the_address_and_leads_to_this_one(scene):
    answer = scene.browser.post("/sign-up", data={"newsletter": "weekly", "email": ANN})
    assert answer.status_code == 200
    assert "One step more" in answer.text
    assert f'value="{ANN}"' in answer.text
    assert 'name="newsletter" value="weekly"' in answer.text
    assert scene.post() == []


def test_a_form_on_another_page_is_taken_at_once_with_a_stamp_that_its_script_fetched(scene):
    fetched = scene.browser.get("/sign-up/stamp")
    assert fetched.headers["Cache-Control"] == "no-store"
    short = {"newsletter": "daily", "email": ANN, "issue": "yes", "stamp": fetched.text}
    assert "One step more" in scene.browser.post("/sign-up", data=short).text
    scene.clock.turn(seconds=2)
    assert scene.browser.post("/sign-up", data=short).url.path == "/sign-up/sent"
    assert len(scene.post()) == 1


def test_an_unknown_newsletter_is_told_and_another_offered(scene):
    answer = scene.browser.post("/sign-up", data=scene.form(newsletter="hourly"))
    assert answer.status_code == 422
    assert 'name="newsletter" value="daily"' in answer.text
    assert scene.browser.get("/sign-up?newsletter=hourly&topic=%00").status_code == 200


def test_too_many_are_told_when_to_come_back_and_lose_nothing(tmp_path):
    with a_scene(tmp_path, signups_per_network=1) as scene:
        scene.browser.post("/sign-up", data=scene.form("bob@example.org"))
        answer = scene.browser.post("/sign-up", data=scene.form(topics=["space"]))
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "3660"
        assert f'value="{ANN}"' in answer.text
        assert 'value="space" checked' in answer.text
        assert len(scene.post()) == 1


def test_a_link_that_is_over_has_a_form_for_another(scene):
    scene.browser.post("/sign-up", data=scene.form())
    (confirm,) = scene.post()
    path = link_in(confirm, "/confirm")
    scene.clock.turn(days=7)
    for answer in (scene.browser.get(path), scene.browser.post(path)):
        assert answer.status_code == 410
        assert '<form class="ask" method="post" action="/sign-up"' in answer.text
    with scene.pipeline.project.database.read() as connection:
        assert subscribers.find_id(connection, ANN) is None


@pytest.mark.parametrize("token", ["1", "1.forged", "%00", "%ff%fe", "x" * 3000, "daily.1.AAAA"])
def test_a_link_that_we_did_not_make_is_not_found(scene, token):
    assert scene.browser.get(f"/confirm/{token}").status_code == 404
    assert scene.browser.post(f"/confirm/{token}").status_code == 404


def test_what_a_stranger_typed_stands_in_no_mail_before_its_owner_agreed(scene):
    scene.browser.post("/sign-up", data=scene.form(name="Cheap Pills Today", hour="3"))
    (confirm,) = scene.post()
    assert b"Pills" not in bytes(confirm)


def test_the_latest_issue_comes_with_the_welcome(scene):
    issue_id, _ = laid_out(scene.pipeline.project.database, "bob@example.org")
    scene.browser.post("/sign-up", data=scene.form(issue="yes", hour="18"))
    (confirm,) = scene.post()
    pressed = scene.browser.post(link_in(confirm, "/confirm"))
    assert "The latest issue is on its way" in pressed.text
    rows = [row for row in scene.dump()["deliveries"] if row[0] == issue_id]
    assert len(rows) == 2


# fuzzing

ANY = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", ANN, "daily", "space", "7", "Europe/Berlin", "\x00", "\ud83d\ude00", "%"]),
    st.sampled_from(["x" * 5000, "1." + "9" * 400, "a@" + "b." * 200 + "c", "\r\nBcc: x@y.z"]),
)
NAMES = st.sampled_from(
    ["newsletter", "email", "name", "topics", "timezone", "hour", "issue", "stamp", "website", ""]
)
QUIET = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FINE = {200, 400, 413, 415, 422, 429}


@QUIET
@given(st.lists(st.tuples(NAMES, ANY), max_size=14), st.booleans())
@example([("email", ANN), ("email", "bob@example.org")], True)
@example([("topics", "space")] * 14, True)
@example([], False)
def test_no_form_breaks_the_page(open_door, fields, stamped):
    scene = open_door
    known = [("newsletter", "daily"), ("stamp", scene.counter.typed().stamp)] if stamped else []
    body = urlencode([*known, *fields], errors="surrogatepass")
    answer = scene.browser.post(
        "/sign-up", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in FINE


@QUIET
@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/plain",
            "\xff",
            "",
        ]
    ),
)
@example(b"email=" + b"a" * 100_000, "application/x-www-form-urlencoded")
@example(b"&" * 5_000, "application/x-www-form-urlencoded")
@example(b"a=1&" * 5_000, "application/x-www-form-urlencoded")
@example(b"--x\r\nContent-Disposition: form-data\r\n\r\n", "multipart/form-data; boundary=x")
@example(
    b'--x\r\nContent-Disposition: form-data; name="email"; filename="a"\r\n\r\nb\r\n--x--\r\n',
    "multipart/form-data; boundary=x",
)
def test_no_bytes_break_the_page(open_door, body, kind):
    headers = {"Content-Type": kind.encode("latin-1")}
    answer = open_door.browser.post("/sign-up", content=body, headers=headers)
    assert answer.status_code in FINE


@QUIET
@given(st.text(max_size=60).filter(lambda text: "/" not in text), st.sampled_from(["get", "post"]))
def test_no_token_breaks_the_page(open_door, token, method):
    path = "/confirm/" + quote(token, safe="", errors="surrogatepass")
    answer = open_door.browser.request(method, path)
    assert answer.status_code in (404, 405)


@QUIET
@given(st.lists(st.tuples(st.sampled_from(["newsletter", "topic", "x"]), ANY), max_size=5))
def test_no_query_breaks_the_form(open_door, pairs):
    query = urlencode(pairs, errors="surrogatepass")
    assert open_door.browser.get(f"/sign-up?{query}").status_code == 200


# the post


def test_notices_are_sent_as_soon_as_a_form_is_taken(tmp_path):
    inbox = Inbox()
    with serve(inbox) as port:
        _use_smtp(tmp_path, port)
        with opened(tmp_path) as scene:
            with notice_thread(scene.pipeline.notice_sender, every=60):
                scene.browser.post("/sign-up", data=scene.form())
                _until(lambda: inbox.recipients == [ANN])
            assert scene.pipeline.notice_sender.send_waiting() is None
    assert inbox.recipients == [ANN]


@contextmanager
def opened(root: Path) -> Iterator[Scene]:
    """A project that is there, in real time."""
    with open_pipeline(root) as pipeline:
        yield Scene(
            pipeline, HandClock(pipeline.project.clock()), TestClient(make_app(pipeline), HOME)
        )


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def _use_smtp(root: Path, port: int) -> None:
    make_config(root)
    path = root / "config" / "digest.toml"
    smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    path.write_text(f'backend = "smtp"\n{path.read_text("utf-8")}\n{smtp}', "utf-8")


SEND = """
import sys
from pathlib import Path
from tests.pipelines import open_pipeline
with open_pipeline(Path(sys.argv[1])) as pipeline:
    stopped = pipeline.notice_sender.send_waiting()
    sys.exit(0 if stopped is None else 3)
"""


def _sender(root: Path) -> "subprocess.Popen[bytes]":
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DIGEST_")}
    return subprocess.Popen([sys.executable, "-c", SEND, str(root)], env=clean)


def test_killed_before_the_answer_it_is_resent_under_the_same_message_id(tmp_path):
    inbox = Inbox()
    with serve(inbox) as port:
        _use_smtp(tmp_path, port)
        with opened(tmp_path) as scene:
            scene.counter.ask()
        victim = _sender(tmp_path)
        inbox.at_data = lambda _inbox: victim.kill()
        assert victim.wait(timeout=60) == -9
        inbox.at_data = lambda _inbox: None
        for _ in range(2):  # and no third time
            assert _sender(tmp_path).wait(timeout=60) == 0
            assert len(inbox.messages) == 2
    first, second = (_read(message) for _, message in inbox.messages)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["To"] == second["To"] == ANN
    with opened(tmp_path) as scene:
        with scene.pipeline.project.database.read() as connection:
            (row,) = connection.execute(sa.select(notice_table)).all()
        assert (row.state, row.attempts) == (DeliveryState.SENT, 2)


def test_a_server_that_refuses_an_address_ends_that_notice_alone(tmp_path):
    inbox = Inbox()
    inbox.answer = {ANN: "550 5.1.1 nobody here", "bob@example.org": "450 4.2.1 later"}
    with serve(inbox) as port:
        _use_smtp(tmp_path, port)
        with opened(tmp_path) as scene:
            for address in (ANN, "bob@example.org", "cleo@example.org"):
                scene.counter.ask(address)
            assert scene.pipeline.notice_sender.send_waiting() is None
            with scene.pipeline.project.database.read() as connection:
                rows = connection.execute(sa.select(notice_table)).all()
    assert [row.state for row in rows] == ["failed", "deferred", "sent"]
    assert rows[1].next_attempt_at is not None
