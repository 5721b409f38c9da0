"""The editors' pages: who gets in, who may do what, and what is refused."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from starlette.routing import Route

from digest.roles import Role
from digest.scopes import Scope
from digest.services.admins import accounts, api_tokens, audit, codes, log_in
from digest.services.admins.log_in import TRIES_OF_ACCOUNT
from digest.store import admin_sessions
from digest.web.admin.access import AdminRoute, own_path
from digest.web.admin_port import AdminPlace
from digest.web.app import admin_routes, make_app
from tests.admin_pages import (
    BROWSER,
    PASSWORD,
    AdminBrowser,
    AdminSite,
    add_account,
    admin_site,
)
from tests.builders import NOON

# Before which nobody is asked who they are.
OPEN = {
    "/admin/log-in",
    "/admin/log-in/code",
    "/admin/log-in/passkey",
    "/admin/link/{token}",
    "/admin/look/{token}",
    "/admin/look/{token}/{part}",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Iterator[AdminSite]:
    with admin_site(tmp_path_factory.mktemp("admin") / "project") as site:
        yield site


def path_of(route: Route) -> str:
    return re.sub(r"\{[^}]+\}", "1", route.path)


def form_token_in(page: str) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', page)
    assert found
    return found[1]


def stored(pages: AdminSite, query: str) -> str:
    with pages.project.database.read() as connection:
        return " ".join(map(str, connection.exec_driver_sql(query).scalars()))


def code_of(secret: str, pages: AdminSite, *, ahead: int = 0) -> str:
    """What a phone shows at the time of the project, or so many half minutes later."""
    return pyotp.TOTP(secret).at(pages.project.clock() + timedelta(seconds=30 * ahead))


def log_in_by_form(browser: AdminBrowser, email: str, password: str = PASSWORD, **more: str):
    page = browser.get("/admin/log-in")
    data = {"form_token": form_token_in(page.text), "email": email, "password": password, **more}
    return browser.post("/admin/log-in", data=data)


def test_every_page_says_which_role_it_asks_for_but_those_that_let_one_in():
    routes = admin_routes()
    assert all(isinstance(route, Route) and route.path.startswith("/admin") for route in routes)
    undeclared = {
        route.path
        for route in routes
        if isinstance(route, Route) and not isinstance(route, AdminRoute)
    }
    assert undeclared == OPEN


# What no row and no issue has, and what SQL and calendars do not take.
BEYOND = (
    "/admin/issues/daily/9999-12-31",
    "/admin/issues/daily/9999-12-31/mail",
    "/admin/issues/daily/0001-01-01",
    f"/admin/stories/{10**20}",
    f"/admin/subscribers/{2**63}",
)


def test_an_address_without_a_page_is_answered_by_the_editors_pages(pages):
    viewer = pages.browser(Role.VIEWER)
    for path in ("/admin/nothing", "/admin/issues/daily/2026-13-40", "/admin/issues/none", *BEYOND):
        answer = viewer.get(path)
        assert answer.status_code == 404, path
        assert 'href="/admin/subscribers"' in answer.text
    assert viewer.get("/admin/stories/").headers["location"] == "/admin/stories"
    assert pages.stranger().get("/admin/nothing").status_code == 303


def test_the_record_is_told_in_words_and_of_a_hash_its_beginning(pages):
    before = {"topics": ["space", "climate"], "hour": 0, "hash": "0f" * 32}
    with pages.project.database.write() as connection:
        now = pages.project.clock()
        audit.record(connection, now, "Ada", "change subscription", "subscriber 1", before=before)
    record = pages.browser(Role.VIEWER).get("/admin/record").text
    assert 'changed what <a href="/admin/subscribers/1">subscriber 1</a> gets' in record
    assert "0f0f0f0f0f0f…" in record
    assert "0f0f0f0f0f0f0f" not in record
    assert "space, climate" in record
    assert "[" not in record.partition("<main")[2]


def test_whoever_has_a_lesser_role_is_refused_on_every_page_and_action(pages):
    browsers = {role: pages.browser(role) for role in Role}
    for route in admin_routes():
        if not isinstance(route, AdminRoute):
            continue
        for method in route.methods or ():
            for role, browser in browsers.items():
                if role.includes(route.role):
                    continue
                send = browser.submit if method == "POST" else browser.get
                answer = send(path_of(route))
                assert answer.status_code == 403, (method, route.path, role)
                assert "This is for a" in answer.text


def test_an_owner_makes_a_token_that_is_shown_once_and_ends_it(pages):
    owner = pages.browser(Role.OWNER)
    form = {"name": "site", "role": "editor", "days": "30", "scopes": ["issues:read"]}
    made = owner.submit("/admin/tokens", form)
    secret = re.search(r'value="(digest_[\w-]{43})"', made.text)
    assert secret
    token = api_tokens.find_token(pages.project, secret[1])
    assert token is not None
    assert (token.role, list(token.scopes)) == (Role.EDITOR, [Scope.ISSUES_READ])
    listed = owner.get("/admin/tokens").text
    assert "issues:read" in listed
    assert secret[1] not in listed
    again = owner.submit("/admin/tokens", form)
    assert again.status_code == 303  # its name is taken
    assert owner.submit("/admin/tokens", {"name": "bad"}).status_code == 303
    assert owner.submit("/admin/tokens/revoke", {"name": "site"}).status_code == 303
    assert api_tokens.find_token(pages.project, secret[1]) is None
    assert "revoked" in owner.get("/admin/tokens").text
    acts = stored(pages, "SELECT action || ' ' || subject FROM audit_log")
    assert "add token token site" in acts
    assert "revoke token token site" in acts


def test_nobody_without_a_session_sees_or_does_anything(pages):
    stranger = pages.stranger()
    for route in admin_routes():
        if isinstance(route, AdminRoute):
            for method in sorted(route.methods or ()):
                answer = stranger.request(method, path_of(route))
                assert answer.status_code == 303, (method, route.path)
                assert answer.headers["location"].startswith("/admin/log-in")


def test_no_action_is_done_without_the_forms_token_or_for_a_page_of_another_site(pages):
    owner, other = pages.browser(Role.OWNER), pages.browser(Role.OWNER)
    forged = {"form_token": "0" * 64}
    borrowed = {"form_token": form_token_in(other.get("/admin").text)}
    for route in admin_routes():
        if isinstance(route, AdminRoute) and "POST" in (route.methods or ()):
            path = path_of(route)
            for data in ({}, forged, borrowed):
                answer = owner.post(path, data=data)
                assert answer.status_code == 403, (path, data)
                assert "out of date" in answer.text
            for headers in (
                {"Origin": "https://evil.test"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.org"},
            ):
                assert owner.submit(path, headers=headers).status_code == 403, (path, headers)


def test_the_first_link_lets_an_owner_choose_a_password_once(pages):
    admin = accounts.add_admin(pages.project, "first@example.org", "First", Role.OWNER, "root")
    link = accounts.make_link(pages.project, admin.email, "root")
    browser = pages.stranger()
    page = browser.get(link)
    assert page.status_code == 200
    assert "first@example.org" in page.text
    token = form_token_in(page.text)

    def choose(password: str, again: str):
        return browser.post(link, data={"form_token": token, "password": password, "again": again})

    assert "not the same" in choose(PASSWORD, "another one").text
    assert "at least 12" in choose("short", "short").text
    assert "your name" in choose("first of all the words", "first of all the words").text
    chosen = choose(PASSWORD, PASSWORD)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/admin")
    assert browser.get("/admin").status_code == 200
    assert pages.stranger().get(link).status_code == 410


def test_a_password_lets_in_and_its_cookie_is_out_of_reach_for_scripts(pages):
    add_account(pages.project, Role.EDITOR, email="ada@example.org", name="Ada")
    browser = pages.stranger()
    answer = log_in_by_form(browser, " ADA@example.org ", next="/admin/account")
    assert answer.headers["location"] == "/admin/account"
    (cookie,) = [
        line for line in answer.headers.get_list("set-cookie") if line.startswith("digest-session")
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = browser.get("/admin")
    assert "Ada" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert browser.cookies["digest-session"] not in stored(
        pages, "SELECT token_hash FROM admin_sessions"
    )


def test_behind_https_the_cookie_is_sent_by_https_alone(pages):
    browser = pages.stranger()
    browser.base_url = "https://localhost"
    cookie = browser.get("/admin/log-in").headers["set-cookie"]
    assert cookie.startswith("__Host-digest-visit=")
    assert "Secure" in cookie


@pytest.mark.parametrize("email", ["wrong@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_look_alike(pages, email):
    if email.startswith("wrong"):
        add_account(pages.project, Role.EDITOR, email=email, name="Wrong")
    answer = log_in_by_form(pages.stranger(), email, "not the password")
    assert answer.status_code == 403
    assert "The address or the password is wrong." in answer.text
    assert "digest-session" not in answer.headers.get("set-cookie", "")


def test_whoever_guesses_is_stopped_and_the_owner_gets_in_by_a_link(pages):
    add_account(pages.project, Role.EDITOR, email="guessed@example.org", name="Guessed")
    for _ in range(TRIES_OF_ACCOUNT.per_hour):
        outcome = log_in.log_in(
            pages.project, "guessed@example.org", "x" * 2000, log_in.Browser("192.0.2.1", "")
        )
        assert outcome is log_in.LogInRefusal.WRONG
    answer = log_in_by_form(pages.stranger(), "guessed@example.org")
    assert answer.status_code == 429
    link = accounts.make_link(pages.project, "guessed@example.org", "root")
    assert pages.stranger().get(link).status_code == 200


def test_a_cookie_from_before_a_password_change_is_refused(pages):
    admin = add_account(pages.project, Role.EDITOR, email="changed@example.org", name="Changed")
    token = log_in.begin_session(pages.project, admin, log_in.Browser("", ""))
    browser = AdminBrowser(pages.app, pages.project, token)
    assert browser.get("/admin").status_code == 200
    fault = accounts.change_password(pages.project, admin.email, PASSWORD + " 2", "root")
    assert fault == ""
    assert browser.get("/admin").status_code == 303


def test_whoever_logs_out_or_loses_the_account_is_out(pages):
    admin = add_account(pages.project, Role.EDITOR, email="leaves@example.org", name="Leaves")
    browsers = [
        AdminBrowser(
            pages.app,
            pages.project,
            log_in.begin_session(pages.project, admin, log_in.Browser("", "")),
        )
        for _ in range(2)
    ]
    assert browsers[0].submit("/admin/log-out").status_code == 303
    assert [browser.get("/admin").status_code for browser in browsers] == [303, 200]
    accounts.remove_admin(pages.project, admin.email, "root")
    assert browsers[1].get("/admin").status_code == 303


def test_what_was_done_is_on_record_with_who_and_from_where(pages):
    add_account(pages.project, Role.EDITOR, email="seen@example.org", name="Seen")
    log_in_by_form(pages.stranger(), "seen@example.org")
    entry = audit.latest(pages.project.database)[0]
    assert (entry.who, entry.action, entry.origin) == ("Seen", "log in", "203.0.113.7")
    added = audit.latest(pages.project.database, subject="account Seen")[-1]
    assert (added.action, added.after) == ("add account", "editor")
    assert added.origin.startswith("command on ")


def test_a_phones_code_is_asked_for_once_it_is_on_and_works_once(pages):
    admin = add_account(pages.project, Role.EDITOR, email="codes@example.org", name="Codes")
    secret = codes.new_secret()
    code = code_of(secret, pages)
    assert not codes.turn_on(pages.project, admin, secret, "000 000")
    assert codes.turn_on(pages.project, admin, secret, code)
    assert secret not in stored(pages, "SELECT totp_secret FROM admins")

    browser = pages.stranger()
    step = log_in_by_form(browser, "codes@example.org")
    assert "Six digits" in step.text
    assert "digest-session" not in step.headers["set-cookie"]
    seal = re.search(r'name="seal" value="([^"]+)"', step.text)
    assert seal
    data = {"form_token": form_token_in(step.text), "seal": seal[1], "next": "/admin/record"}
    refused = browser.post("/admin/log-in/code", data={**data, "code": code})
    assert "not the code of now" in refused.text  # it was used when it was set up
    later = code_of(secret, pages, ahead=1)
    answer = browser.post("/admin/log-in/code", data={**data, "code": f"{later[:3]} {later[3:]}"})
    assert answer.headers["location"] == "/admin/record"
    assert browser.get("/admin").status_code == 200


def test_the_seal_of_a_password_is_of_one_browser_alone(pages):
    admin = add_account(pages.project, Role.EDITOR, email="seal@example.org", name="Seal")
    secret = codes.new_secret()
    codes.turn_on(pages.project, admin, secret, code_of(secret, pages))
    step = log_in_by_form(pages.stranger(), "seal@example.org")
    seal = re.search(r'name="seal" value="([^"]+)"', step.text)
    assert seal
    thief = pages.stranger()
    token = form_token_in(thief.get("/admin/log-in").text)
    later = code_of(secret, pages, ahead=1)
    data = {"form_token": token, "seal": seal[1], "code": later}
    answer = thief.post("/admin/log-in/code", data=data)
    assert answer.status_code == 403
    assert thief.get("/admin").status_code == 303


def test_what_is_grave_asks_for_the_password_where_it_was_typed_long_ago(pages):
    owner = pages.browser(Role.OWNER)
    found = log_in.find_session(pages.project, owner.token)
    assert found
    admin, session = found
    with pages.project.database.write() as connection:
        admin_sessions.confirm(connection, session.id, NOON - timedelta(hours=1))
    new = {"email": "new@example.org", "name": "New <b>", "role": "viewer"}
    asked = owner.submit("/admin/accounts", new)
    assert "Your password, please" in asked.text
    assert 'value="New &lt;b&gt;"' in asked.text
    wrong = owner.submit("/admin/accounts", {**new, "your_password": "wrong"})
    assert "That is not your password" in wrong.text
    done = owner.submit("/admin/accounts", {**new, "your_password": PASSWORD})
    assert "A link to hand over" in done.text
    assert owner.submit("/admin/accounts/link", {"email": "new@example.org"}).status_code == 200
    assert admin.role is Role.OWNER


def test_an_owner_gives_and_takes_roles_but_never_the_last_owners(pages, tmp_path):
    with admin_site(tmp_path / "project") as fresh:
        owner, editor = fresh.browser(Role.OWNER), fresh.browser(Role.EDITOR)
        assert editor.get("/admin/accounts").status_code == 403
        change = {"email": "editor@example.org", "role": "owner"}
        assert owner.submit("/admin/accounts/role", change).status_code == 303
        assert editor.get("/admin/accounts").status_code == 200
        back = editor.submit("/admin/accounts/remove", {"email": "owner@example.org"})
        assert "has no account any more" in editor.get(back.headers["location"]).text
        assert owner.get("/admin").status_code == 303
        last = editor.submit("/admin/accounts/role", {**change, "role": "viewer"})
        assert "the only owner" in editor.get(last.headers["location"]).text
        record = editor.get("/admin/record", params={"subject": "account Editor"}).text
        assert "changed the role of the account of Editor" in record


def test_one_browser_is_logged_out_from_another(pages):
    admin = add_account(pages.project, Role.EDITOR, email="two@example.org", name="Two")
    tokens = [log_in.begin_session(pages.project, admin, BROWSER) for _ in range(2)]
    here, there = (AdminBrowser(pages.app, pages.project, token) for token in tokens)
    assert here.submit("/admin/account/sessions", {"session": "others"}).status_code == 303
    assert [here.get("/admin").status_code, there.get("/admin").status_code] == [200, 303]
    password = {"password": "a sentence of my own", "again": "a sentence of my own"}
    changed = here.submit("/admin/account/password", password)
    assert "digest-session" in changed.headers["set-cookie"]
    assert AdminBrowser(pages.app, pages.project, tokens[0]).get("/admin").status_code == 303


@pytest.mark.parametrize(
    "path",
    ["https://evil.test/admin", "//evil.test/admin", "/\\evil.test", "/administer", "", "/sign-up"],
)
def test_a_log_in_leads_to_no_other_site(path):
    assert own_path(path) == "/admin"
    assert own_path("/admin/account?x=1") == "/admin/account?x=1"


def test_the_pages_are_off_unless_they_are_wanted_and_on_their_port_alone(pages):
    off = AdminBrowser(make_app(pages.pipeline), pages.project)
    assert off.get("/admin/log-in").status_code == 404
    own = AdminBrowser(make_app(pages.pipeline, AdminPlace(port=8001)), pages.project)
    assert own.get("/admin/log-in").status_code == 404
    assert own.get("/").status_code == 200
    own.base_url = "http://localhost:8001"
    assert own.get("/admin/log-in").status_code == 200
    assert own.get("/static/admin.css").status_code == 200
    assert own.get("/sign-up").status_code == 404
    assert own.get("/").headers["location"] == "/admin"
