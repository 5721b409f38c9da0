"""The API by HTTP: who may ask what, and what comes of it. Each answer is held to the document."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from digest.model import Image, Subscription
from digest.roles import Role
from digest.scopes import Scope
from digest.services.admins import api_tokens
from digest.services.admins.tokens import hash_of, new_token
from digest.services.sources.add_feed import NewFeed, add_feed, remove_feed
from digest.store import api_tokens as token_store
from digest.store import audit, reports, subscribers
from digest.store.reports import ReportState, StoredReport
from digest.web.api.operation import PREFIX, Operation
from tests.api_client import ApiClient, ApiSite, api_site
from tests.builders import NOON, report
from tests.odd_pictures import saved, scene
from tests.sites import DAILY, fill, keep_story

APPROVED = DAILY + 'approval = "required"\neditors = ["ed@example.org"]\n'
NEXT = "/issues/daily/2026-11-22"
PATH_VALUES = {
    "newsletter": "daily",
    "date": "2026-11-22",
    "number": "1",
    "source": "seeds",
    "topic": "space",
    "of": "newsletter",
    "owner": "daily",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory, sqlite_template) -> Iterator[ApiSite]:
    root = tmp_path_factory.mktemp("api") / "project"
    with api_site(root, APPROVED, template=sqlite_template) as site:
        fill(site.pipeline, days=2, stories_a_day=4)
        with site.project.database.write() as connection:
            for number in range(3):
                keep_story(
                    connection, headline=f"A new comet is found, the {number}th", dropped=None
                )
            for name in ("ada", "ben", "cleo"):
                subscription = Subscription(f"{name}@example.org")
                subscribers.put_all(connection, "daily", [subscription], site.project.clock())
        yield site


@pytest.fixture(scope="module")
def owner(site: ApiSite) -> ApiClient:
    return site.client("owner")


def path_of(operation: Operation) -> str:
    return operation.template.format(**PATH_VALUES)


def ask(client: ApiClient, operation: Operation):
    """With all that stands before it, and nothing that it could do."""
    headers = {"If-Match": '"never"', "Content-Type": "application/json"}
    return client.api(operation.method, path_of(operation), headers=headers)


def test_without_a_token_that_works_nothing_is_told_and_all_are_told_alike(site):
    project = site.project
    now = project.clock()
    expired, revoked = "digest_" + new_token(), site.secret("revoked", Role.OWNER, tuple(Scope))
    assert ApiClient(site, revoked).api("GET", "/topics").status_code == 200
    with project.database.write() as connection:
        ended = (now - timedelta(days=2), now - timedelta(seconds=1))
        every = (Role.OWNER, tuple(Scope), "tests")
        assert token_store.add(connection, "expired", hash_of(expired), *every, *ended)
    api_tokens.revoke_token(project, "revoked", "tests")
    forged = "digest_" + new_token()
    for operation in site.operations:
        answers = [
            ask(ApiClient(site, secret), operation)
            for secret in ("", expired, revoked, forged, forged[:-1], "digest_")
        ]
        assert {answer.status_code for answer in answers} == {401}, operation.id
        assert len({answer.content for answer in answers}) == 1, operation.id
        assert {a.headers["www-authenticate"] for a in answers} == {'Bearer realm="digest"'}


def test_a_token_without_the_scope_or_the_role_is_refused_everywhere(site):
    for scope in Scope:
        without = site.client(f"without-{scope.replace(':', '-')}", scopes=set(Scope) - {scope})
        for operation in site.operations:
            if operation.scope is scope:
                answer = ask(without, operation)
                assert answer.status_code == 403, operation.id
                assert f'scope="{scope}"' in answer.headers["www-authenticate"]
    # A role that is less than its scopes ask for, as no token is made.
    secret = "digest_" + new_token()
    with site.project.database.write() as connection:
        now = site.project.clock()
        rights = (Role.VIEWER, tuple(Scope), "tests", now, now + timedelta(days=1))
        assert token_store.add(connection, "lesser", hash_of(secret), *rights)
    for operation in site.operations:
        if operation.scope.role is not Role.VIEWER:
            assert ask(ApiClient(site, secret), operation).status_code == 403, operation.id


def test_every_list_is_read_page_by_page_each_item_once(site, owner):
    for path in ("/stories", "/subscribers", "/issues", "/topics"):
        whole = owner.api("GET", path, params={"limit": 100}).json()
        assert whole["next"] is None
        items, cursor = [], None
        while True:
            params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
            page = owner.api("GET", path, params=params).json()
            items += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
            assert len(page["items"]) == 2
        assert items == whole["items"], path
        assert len(items) > 2


def test_an_issue_is_edited_only_as_it_was_seen_and_each_edit_is_undone_alone(site, owner):
    edits = owner.api("GET", f"{NEXT}/edits")
    seen = {"If-Match": edits.headers["etag"]}
    body = {"kind": "subject", "text": "The comet, in three reports"}
    made = owner.api("POST", f"{NEXT}/edits", json=body, headers=seen)
    assert made.status_code == 201
    assert made.json()["made_by"] == "token owner"
    again = owner.api("POST", f"{NEXT}/edits", json=body, headers=seen)
    assert again.status_code == 412
    issue = owner.api("GET", NEXT)
    assert issue.json()["subject"] == body["text"]
    assert issue.json()["state"] is None
    unchanged = owner.api("GET", NEXT, headers={"If-None-Match": issue.headers["etag"]})
    assert unchanged.status_code == 304
    where = made.headers["location"].removeprefix(PREFIX)
    undone = owner.api(
        "PATCH", where, json={"undone": True}, headers={"If-Match": made.headers["etag"]}
    )
    assert undone.json()["undone_by"] == "token owner"
    assert owner.api("GET", NEXT).json()["subject"] != body["text"]
    stale = owner.api(
        "PATCH", where, json={"undone": False}, headers={"If-Match": made.headers["etag"]}
    )
    assert stale.status_code == 412
    with site.project.database.read() as connection:
        acts = audit.latest(connection, 5, subject="issue daily-2026-11-22")
    assert [(act.who, act.origin) for act in acts][:1] == [("token owner", "testclient")]


def test_every_kind_of_edit_is_taken_or_refused_with_the_reason(owner):
    any_seen = {"If-Match": "*"}
    first, second, *_ = owner.api("GET", NEXT).json()["stories"]
    number = first["id"]
    for body in (
        {"kind": "preheader", "text": "And more"},
        {"kind": "note", "paragraphs": ["Good morning.", "It snows."]},
        {"kind": "order", "stories": [second["id"], number]},
        {"kind": "lead", "story": number},
        {"kind": "headline", "story": number, "text": "A comet"},
        {"kind": "topic", "story": number, "topic": "physics"},
        {"kind": "bullets", "story": number, "bullets": ["One.", "Two."]},
        {"kind": "days", "story": number, "first": "2026-11-22", "last": None},
        {"kind": "alt", "story": number, "text": "A tail of dust"},
        {"kind": "alt", "story": number, "text": None},
        {"kind": "picture", "story": number, "image": None},
        {"kind": "hide", "story": second["id"]},
    ):
        answer = owner.api("POST", f"{NEXT}/edits", json=body, headers=any_seen)
        assert answer.status_code == 201, (body, answer.text)
    refused: list[tuple[Any, int]] = [
        ({"kind": "hide", "story": 999_999}, 409),
        ({"kind": "picture", "story": number, "image": "https://example.org/none.png"}, 409),
        ({"kind": "picture", "story": number}, 422),
        ({"kind": "story", "headline": "No bullets", "bullets": [], "topic": "space"}, 422),
        ({"kind": "story", "headline": "A", "bullets": ["B."], "topic": "nothing"}, 409),
        ({"kind": "topic", "story": number, "topic": "nothing"}, 409),
        ({"kind": "subject", "text": " "}, 422),
        ({"kind": "subject", "text": "x", "story": 1}, 422),
        ({"kind": "hold", "text": "x"}, 422),
        ({}, 422),
        ([], 422),
    ]
    for body, status in refused:
        answer = owner.api("POST", f"{NEXT}/edits", json=body, headers=any_seen)
        assert answer.status_code == status, (body, answer.text)


def test_a_story_is_written_by_hand_and_shows_a_picture_that_a_report_names(site, owner):
    any_seen = {"If-Match": "*"}
    by_hand = {
        "kind": "story",
        "headline": "We move house",
        "bullets": ["From Monday on."],
        "topic": "space",
        "link": "https://example.org/move",
    }
    made = owner.api("POST", f"{NEXT}/edits", json=by_hand, headers=any_seen).json()
    number = made["story"]
    shown = owner.api("GET", f"/stories/{number}").json()
    assert (shown["headline"], shown["sources"][0]["url"]) == ("We move house", by_hand["link"])
    folder = site.project.config.path("seeds")
    folder.mkdir(exist_ok=True)
    (folder / "house.png").write_bytes(saved(scene(), "PNG"))
    with site.project.database.write() as connection:
        image = Image("house.png", "A house on wheels")
        told = report(source="seeds", key="house.txt", headline="The house moves", image=image)
        kept = StoredReport(told, features=b"", standing=ReportState.TOLD)
        reports.add(connection, [kept], NOON, raw_hash="house", story_id=number)
    material = owner.api("GET", f"/stories/{number}/material").json()
    assert material["images"] == [{"image": "house.png", "alt": "A house on wheels"}]
    assert material["headlines"] == [{"text": "The house moves", "publisher": "seeds"}]
    picture = {"kind": "picture", "story": number, "image": "house.png"}
    chosen = owner.api("POST", f"{NEXT}/edits", json=picture, headers=any_seen)
    assert chosen.json()["lines"] == ["house.png"]
    for edit in (chosen.json(), made):
        undone = owner.api("PATCH", f"/edits/{edit['id']}", json={"undone": True}, headers=any_seen)
        assert undone.status_code == 200


def test_a_draft_is_commented_on_and_a_finding_of_it_is_let_pass(site, owner):
    said = owner.api("POST", f"{NEXT}/comments", json={"text": "Is that so?\nI doubt it."}).json()
    assert (said["text"], said["made_by"]) == ("Is that so?\nI doubt it.", "token owner")
    assert owner.api("GET", f"{NEXT}/comments").json()["items"] == [said]
    finding, *_ = owner.api("GET", f"{NEXT}/approval").json()["findings"]
    waiver = {"finding": finding["id"], "reason": "We know"}
    editor = site.client("waiving", Role.EDITOR, [Scope.ISSUES_READ, Scope.ISSUES_EDIT])
    assert editor.api("POST", f"{NEXT}/waivers", json=waiver).status_code == 403
    passed = owner.api("POST", f"{NEXT}/waivers", json=waiver)
    assert (passed.json()["level"], passed.json()["remedy"]) == (
        "waived",
        "token owner lets it pass: We know",
    )
    unknown = {"finding": "00000000", "reason": "We know"}
    assert owner.api("POST", f"{NEXT}/waivers", json=unknown).status_code == 409
    later = owner.api("POST", f"{NEXT}/hour", json={"hour": "23:30"})
    assert later.status_code == 200
    assert owner.api("POST", f"{NEXT}/hour", json={"hour": "24:30"}).status_code == 422


def test_an_issue_is_approved_as_it_was_seen_held_and_released(site, owner):
    seen = owner.api("GET", f"{NEXT}/approval")
    assert seen.json()["required"]
    path = f"{NEXT}/approval"
    assert owner.api("PUT", path, headers={"If-Match": '"other"'}).status_code == 412
    assert owner.api("PUT", path, headers={"If-Match": "*"}).status_code == 409
    tag = {"If-Match": seen.headers["etag"]}
    approved = owner.api("PUT", path, headers=tag)
    assert approved.json()["approved_by"] == "token owner"
    assert owner.api("PUT", path, headers=tag).status_code == 409
    assert owner.api("DELETE", path).status_code == 204
    assert owner.api("DELETE", path).status_code == 409
    held = owner.api("POST", f"{NEXT}/hold", json={"reason": "wait for the second source"})
    assert held.status_code == 200
    assert owner.api("POST", f"{NEXT}/release").status_code == 200
    sealed = "/issues/daily/2026-11-21"
    assert owner.api("POST", f"{sealed}/hold", json={"reason": "too late"}).status_code == 409
    assert owner.api("GET", f"{sealed}/approval").status_code == 409
    assert owner.api("POST", f"{sealed}/pause").json()["state"] == "paused"
    assert owner.api("POST", f"{sealed}/resume").json()["state"] == "sending"
    assert (
        owner.api("POST", f"{sealed}/stop", json={"reason": "wrong"}).json()["state"] == "stopped"
    )
    assert owner.api("GET", f"{sealed}/deliveries").json()["items"] == []


def test_what_a_publisher_decided_is_undone_by_none_below(site, owner):
    assert owner.api("POST", f"{NEXT}/hold", json={"reason": "wait"}).status_code == 200
    hold = owner.api("GET", f"{NEXT}/edits").json()["items"][-1]
    path, seen = f"/edits/{hold['id']}", {"If-Match": "*"}
    editor = site.client("editor", Role.EDITOR, [Scope.ISSUES_READ, Scope.ISSUES_EDIT])
    for undone in (True, False):
        refused = editor.api("PATCH", path, json={"undone": undone}, headers=seen)
        assert refused.status_code == 403
        assert Scope.ISSUES_APPROVE in refused.json()["detail"]
    assert owner.api("PATCH", path, json={"undone": True}, headers=seen).json()["undone_at"]


def test_one_thing_of_a_story_is_changed_at_a_time(owner):
    listed = owner.api("GET", "/stories").json()["items"]
    story = next(story for story in listed if "comet" in story["headline"])
    path = f"/stories/{story['id']}"
    for body, name, value in (
        ({"topic": "physics"}, "topic", "physics"),
        ({"pinned": True}, "pinned", True),
        ({"pinned": False}, "pinned", False),
        ({"dropped": True}, "withdrawn_at", "2026-11-21T12:00:00Z"),
        ({"dropped": False}, "withdrawn_at", None),
    ):
        tag = owner.api("GET", path).headers["etag"]
        changed = owner.api("PATCH", path, json=body, headers={"If-Match": tag})
        assert changed.json()[name] == value
        again = owner.api("PATCH", path, json=body, headers={"If-Match": tag})
        assert again.status_code == (412 if changed.headers["etag"] != tag else 200)
    both = {"pinned": True, "topic": "space"}
    assert owner.api("PATCH", path, json=both, headers={"If-Match": "*"}).status_code == 422
    since = {"since": "2026-11-21T12:00:01Z"}
    assert owner.api("GET", "/stories", params=since).json()["items"] == []


def test_two_stories_are_made_one_and_one_is_taken_apart_on_record(site, owner):
    with site.project.database.write() as connection:
        first, second = (
            keep_story(connection, headline=headline, dropped=None).id
            for headline in ("A glacier calves", "A glacier breaks")
        )
    path = f"/stories/{first}"
    seen = {"If-Match": owner.api("GET", path).headers["etag"]}
    merged = owner.api("POST", f"{path}/merge", json={"other": second}, headers=seen)
    assert merged.status_code == 200
    assert owner.api("GET", f"/stories/{second}").status_code == 404
    again = owner.api("POST", f"{path}/merge", json={"other": second}, headers=seen)
    assert again.status_code == 412
    members = owner.api("GET", f"{path}/material").json()["reports"]
    assert [report["headline"] for report in members] == ["A glacier calves", "A glacier breaks"]
    taken = {"reports": [members[1]["id"]]}
    now_seen = {"If-Match": merged.headers["etag"]}
    made = owner.api("POST", f"{path}/split", json=taken, headers=now_seen)
    assert made.status_code == 201
    where = made.headers["location"].removeprefix(PREFIX)
    assert owner.api("GET", where).json() == made.json()
    refused = owner.api("POST", f"{path}/split", json=taken, headers={"If-Match": "*"})
    assert (refused.status_code, "has no report" in refused.json()["detail"]) == (409, True)
    with site.project.database.read() as connection:
        acts = audit.latest(connection, 5, subject=f"story {first}")
    assert [(act.who, act.action) for act in acts] == [
        ("token owner", "split story"),
        ("token owner", "merge stories"),
    ]
    assert [act.after.partition(": ")[2] for act in acts] == ["A glacier breaks"] * 2


def test_a_list_of_keywords_is_tried_saved_and_given_back_to_the_settings(owner):
    path, wanted = "/keywords/newsletter/daily", {"keywords": ["comet", "+title:found"]}
    before = owner.api("GET", path)
    trial = owner.api("POST", f"{path}/trial", json=wanted).json()
    assert trial["newly_blocked"] == len(trial["newly_blocked_items"]) > 0
    assert "comet" in {item["keyword"] for item in trial["newly_blocked_items"]}
    seen = {"If-Match": before.headers["etag"]}
    saved = owner.api("PUT", path, json=wanted, headers=seen)
    assert (saved.json()["keywords"], saved.json()["saved_by"]) == (
        wanted["keywords"],
        "token owner",
    )
    assert owner.api("PUT", path, json={"keywords": []}, headers=seen).status_code == 412
    listed = owner.api("GET", "/keywords").json()["items"]
    assert [(one["of"], one["id"], one["keywords"]) for one in listed] == [
        ("newsletter", "daily", wanted["keywords"])
    ]
    given_back = owner.api("DELETE", path, headers={"If-Match": saved.headers["etag"]})
    assert given_back.json() == before.json()
    two = owner.api("PUT", path, json={"keywords": ["a, b"]}, headers={"If-Match": "*"})
    assert two.status_code == 422
    assert "not one keyword" in two.json()["errors"][0]["detail"]
    for nobody in ("newsletter/none", "source/none", "feed/daily"):
        assert owner.api("GET", f"/keywords/{nobody}").status_code == 404


def test_a_subscriber_is_added_changed_and_erased(site, owner):
    body = {"email": "Dora@example.org", "newsletter": "daily", "hour": 7, "topics": ["space"]}
    added = owner.api("POST", "/subscribers", json=body)
    assert added.status_code == 201
    path = added.headers["location"].removeprefix(PREFIX)
    (found,) = owner.api("GET", "/subscribers", params={"email": "dora@example.org"}).json()[
        "items"
    ]
    assert found == added.json() == owner.api("GET", path).json()
    gets = f"{path}/subscriptions/daily"
    tag = {"If-Match": owner.api("GET", gets).headers["etag"]}
    changed = owner.api("PATCH", gets, json={"hour": 9}, headers=tag)
    assert (changed.json()["hour"], changed.json()["topics"]) == (9, ["space"])
    assert owner.api("DELETE", gets, headers=tag).status_code == 412
    assert owner.api("PATCH", gets, json={"hour": 9}).status_code == 428
    tag = {"If-Match": changed.headers["etag"]}
    assert owner.api("DELETE", gets, headers=tag).status_code == 204
    assert owner.api("GET", gets).status_code == 404
    assert owner.api("POST", "/subscribers", json=body).status_code == 409  # they left
    back = owner.api("POST", "/subscribers", json={**body, "resubscribe": True})
    assert back.status_code == 201
    assert owner.api("DELETE", path).status_code == 204
    assert owner.api("DELETE", path).status_code == 404
    (gone,) = owner.api("GET", "/suppressions").json()["items"]
    assert (gone["email"], gone["reason"]) == (None, "erased")
    lifted = owner.api("POST", "/suppressions/lift", json={"email": "dora@example.org"})
    assert lifted.json() == {"reason": "erased"}
    assert owner.api("GET", "/suppressions").json()["items"] == []
    for wrong in ({"topics": ["no-such"]}, {"timezone": "Mars"}, {"email": "nobody"}):
        assert owner.api("POST", "/subscribers", json={**body, **wrong}).status_code == 409


def test_a_request_that_comes_twice_under_one_key_is_done_once(site, owner):
    edits = f"{NEXT}/edits"
    body = {"kind": "note", "paragraphs": ["Once."]}
    headers = {"If-Match": "*", "Idempotency-Key": "note-1"}
    first = owner.api("POST", edits, json=body, headers=headers)
    again = owner.api("POST", edits, json=body, headers=headers)
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    assert [e["lines"] for e in owner.api("GET", edits).json()["items"]].count(["Once."]) == 1
    other = owner.api("POST", edits, json={**body, "paragraphs": ["Two."]}, headers=headers)
    assert other.status_code == 422
    # What was refused did nothing: it may come again, mended.
    refused = {"Idempotency-Key": "edit-2", "If-Match": '"stale"'}
    assert owner.api("POST", edits, json=body, headers=refused).status_code == 412
    mended = owner.api("POST", edits, json=body, headers={**refused, "If-Match": "*"})
    assert mended.status_code == 201
    # A key is the token's own.
    other_token = site.client("other-keys")
    assert other_token.api("POST", edits, json=body, headers=headers).status_code == 201


def test_a_feed_that_editors_added_is_paused_as_those_of_the_settings(site, owner):
    feed = add_feed(site.project, NewFeed("https://feed.example.org/", "A feed"), "ada")
    path, seen = f"/sources/{feed.id}", {"If-Match": "*"}
    assert owner.api("GET", path).json()["added_by"] == "ada"
    paused = owner.api("PATCH", path, json={"paused": True}, headers=seen)
    assert paused.json()["state"] == "paused"
    assert remove_feed(site.project, feed.id, "ada")


def test_sources_topics_and_figures_are_shown(owner):
    (seeds,) = owner.api("GET", "/sources").json()["items"]
    assert owner.api("GET", "/sources/seeds").json() == seeds
    assert owner.api("GET", "/sources/none").status_code == 404
    paused = {"paused": True}
    # It is a folder, which is read with each round.
    answer = owner.api("PATCH", "/sources/seeds", json=paused, headers={"If-Match": "*"})
    assert answer.status_code == 404
    assert owner.api("GET", "/topics/space").json()["parent"] == "science"
    assert owner.api("GET", "/topics/none").status_code == 404
    assert [n["id"] for n in owner.api("GET", "/newsletters").json()["items"]] == ["daily"]
    assert owner.api("GET", "/figures/daily").json()["subscribers"][-1]["subscribers"] >= 3
    assert owner.api("GET", "/figures/none").status_code == 404


def test_a_number_that_nothing_has_is_not_found_however_large(owner):
    largest = 2**63 - 1
    for path in ("/stories/{}", "/subscribers/{}", "/edits/{}"):
        for number in (999_999, largest, largest + 1, 0, -1, "x"):
            assert owner.api("GET", path.format(number)).status_code == 404, (path, number)
    for path in ("/stories", "/subscribers", "/issues", "/topics", f"{NEXT[:-2]}21/deliveries"):
        page = owner.api("GET", path, params={"cursor": "f" * 15})
        assert page.status_code == 200, path


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b'{"reason": "a", "reason": "b"}', 400),
        (b"[" * 50_000, 400),
        (b'{"reason": NaN}', 400),
        (b'{"reason": "\xff"}', 400),
        (b"", 400),
        (b'{"reason": "nul \\u0000"}', 422),
        (b'{"reason": "\\ud800"}', 422),
        (b'{"reason": 7}', 422),
        (b'{"reason": "x", "more": 1}', 422),
        (b'{"reason": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
def test_a_body_that_would_have_to_be_guessed_at_is_refused(owner, content, status):
    headers = {"Content-Type": "application/json"}
    answer = owner.api("POST", f"{NEXT}/skip", content=content, headers=headers)
    assert answer.status_code == status, answer.text


def test_what_is_not_there_is_told_to_programs_as_to_programs(site, owner):
    for method, path, status in (
        ("GET", "/api", 404),
        ("GET", "/api/v2/issues", 404),
        ("GET", f"{PREFIX}/nothing", 404),
        ("GET", f"{PREFIX}/issues/daily/2026-11-22/", 404),
        ("PUT", f"{PREFIX}/issues", 405),
        ("OPTIONS", f"{PREFIX}/issues", 405),
        ("POST", f"{PREFIX}/openapi.json", 405),
    ):
        answer = owner.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
        assert "access-control-allow-origin" not in answer.headers
    assert owner.request("PUT", f"{PREFIX}/issues").headers["allow"] == "GET, HEAD"
    head = owner.head(f"{PREFIX}/issues")
    assert (head.status_code, head.content) == (200, b"")
    assert owner.api("GET", "/issues", headers={"Accept": "text/html"}).status_code == 406
    assert owner.api("GET", "/issues", params={"limit": 0}).status_code == 422
    assert owner.api("GET", "/issues", params={"page": 1}).status_code == 422
    assert owner.api("GET", "/issues?limit=1&limit=2").status_code == 422
    other_site = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    forged = owner.api("POST", f"{NEXT}/skip", json={"reason": "x"}, headers=other_site)
    assert forged.status_code == 403


def test_a_token_is_told_what_is_left_to_it_and_then_to_wait(site):
    client = site.client("often")
    limit = site.app.routes[0].app.limit
    left = client.api("GET", "/topics").headers
    assert left["ratelimit-policy"] == '"token";q=600;w=60'
    assert left["ratelimit"].startswith('"token";r=599;t=')
    number = max(token.id for token in api_tokens.all_tokens(site.project))
    for _ in range(600):
        limit.take(number)
    refused = client.api("GET", "/topics")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_the_document_names_all_that_there_is(site):
    operations = {
        (method.upper(), path)
        for path, described in site.document["paths"].items()
        for method in described
    }
    assert operations == {(o.method, o.path) for o in site.operations}
    ids = [
        described["operationId"]
        for p in site.document["paths"].values()
        for described in p.values()
    ]
    assert len(ids) == len(set(ids))


def test_what_comes_in_pages_is_a_list_and_nothing_else_is(site):
    """Lists are read in the loop: nothing that may take long is one."""
    for operation in site.operations:
        answers = site.document["paths"][operation.path][operation.method.lower()]["responses"]
        content = answers.get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        described = site.document["components"]["schemas"].get(name, schema)
        assert operation.is_list is ({"items", "next"} == set(described.get("properties", {})))
    assert sum(operation.is_list for operation in site.operations) == 9
