"""The API on each database: lists page by page, and a change that another one came before."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from digest.model import Subscription, SuppressionReason
from digest.store import api_tokens, subscribers, suppressions
from digest.store.database import Database
from digest.store.schema import deliveries, issues
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tests.api_client import HOME, ApiSite
from tests.pipelines import open_pipeline
from tests.sites import DAILY, fill, make_project

SEALED = "/issues/daily/2026-11-21"


@pytest.fixture
def site(url, tmp_path, monkeypatch) -> Iterator[ApiSite]:
    monkeypatch.setenv("DIGEST_DATABASE_URL", url)
    with open_pipeline(make_project(tmp_path / "project", DAILY, site=HOME)) as pipeline:
        fill(pipeline, days=0, stories_a_day=3)
        with pipeline.project.database.write() as connection:
            now = pipeline.project.clock()
            for name in ("ada", "ben", "cleo"):
                email = f"{name}@example.org"
                chosen = Subscription(email, topics=("space",), hour=7, days=("mon", "fri"))
                subscribers.put_all(connection, "daily", [chosen], now)
            suppressions.suppress(connection, "ben@example.org", SuppressionReason.BOUNCED, now)
            suppressions.suppress(connection, "gone@example.org", SuppressionReason.ERASED, now)
            issue_id = connection.scalar(sa.select(issues.c.id))
            for number in (1, 2, 9):
                row = {"issue_id": issue_id, "subscriber_id": number, "state": "sent"}
                connection.execute(sa.insert(deliveries).values(row))
        yield ApiSite(pipeline, make_app(pipeline, AdminPlace(with_api=True)))


def test_every_list_is_read_on_each_database_and_what_changed_is_not_written_over(site):
    owner = site.client("owner")
    for path in ("/stories", "/subscribers", "/suppressions", f"{SEALED}/deliveries"):
        whole = owner.api("GET", path).json()
        assert whole["next"] is None
        first = owner.api("GET", path, params={"limit": 1}).json()
        rest = owner.api("GET", path, params={"cursor": first["next"]}).json()
        assert first["items"] + rest["items"] == whole["items"], path
        assert len(whole["items"]) >= 2
    people = owner.api("GET", "/subscribers", params={"newsletter": "daily"}).json()["items"]
    assert [person["suppressed"] for person in people] == [None, "bounced", None]
    (gets,) = people[0]["subscriptions"]
    assert (gets["topics"], gets["days"], gets["hour"]) == (["space"], ["mon", "fri"], 7)
    assert gets["alerts"] is False
    emails = [line["email"] for line in owner.api("GET", f"{SEALED}/deliveries").json()["items"]]
    assert emails == ["ada@example.org", "ben@example.org", None]
    sent = {"state": "failed"}
    assert owner.api("GET", f"{SEALED}/deliveries", params=sent).json()["items"] == []
    for path, body in (
        ("/stories/1", {"pinned": True}),
        (f"/subscribers/{people[0]['id']}/subscriptions/daily", {"hour": 9, "alerts": True}),
    ):
        tag = {"If-Match": owner.api("GET", path).headers["etag"]}
        assert owner.api("PATCH", path, json=body, headers=tag).json().items() >= body.items()
        assert owner.api("PATCH", path, json=body, headers=tag).status_code == 412
    dora = {"email": "dora@example.org", "newsletter": "daily"}
    key = {"Idempotency-Key": "dora"}
    added = [owner.api("POST", "/subscribers", json=dora, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in added] == [201, 201]
    assert added[0].content == added[1].content


def test_a_token_that_is_revoked_elsewhere_opens_nothing_from_then_on(site, url):
    program = site.client("program")
    assert program.api("GET", "/topics").status_code == 200
    elsewhere = Database(url, site.project.config.root)
    now = site.project.clock()
    with elsewhere.write() as connection:
        token = api_tokens.find_named(connection, "program")
        assert token is not None
        assert api_tokens.revoke(connection, token.id, "tests", now)
    elsewhere.close()
    assert program.api("GET", "/topics").status_code == 401
