"""What stands before every page, each layer with the answers of the real site."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from digest.new_project import create_project
from digest.pipeline import Pipeline
from digest.web.app import make_app
from digest.web.security import HEADERS, POLICY, BodyLimit, SecurityHeaders, is_own
from tests.pipelines import open_pipeline

HOME = "http://localhost:8000"
PATIENCE = 30


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    create_project(tmp_path)
    with open_pipeline(tmp_path) as pipeline:
        yield pipeline


@pytest.fixture
def site(pipeline: Pipeline) -> TestClient:
    return a_client(make_app(pipeline))


def a_client(app: Starlette, base_url: str = HOME, **options: object) -> TestClient:
    return TestClient(app, base_url=base_url, follow_redirects=False, **options)  # type: ignore[arg-type]


def policy_of_its_own(_request: Request) -> Response:
    return PlainTextResponse("own", headers={"Content-Security-Policy": "sandbox"})


def fails(_request: Request) -> Response:
    raise ValueError("ada@example.org is in the way")


async def reads(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def with_routes(pipeline: Pipeline, *routes: Route) -> TestClient:
    app = make_app(pipeline)
    app.router.routes.extend(routes)
    return a_client(app)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("GET", "/nothing/here", 404),
        ("POST", "/health", 405),
        ("DELETE", "/", 405),
    ],
)
def test_every_answer_has_the_headers(site, method, path, status):
    answer = site.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_came_by_https_shall_come_so_again(pipeline):
    answer = a_client(make_app(pipeline), "https://localhost").get("/health")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_page_with_a_policy_of_its_own_keeps_it():
    app = Starlette(
        routes=[Route("/", policy_of_its_own)], middleware=[Middleware(SecurityHeaders)]
    )
    answer = a_client(app).get("/")
    assert answer.headers.get_list("Content-Security-Policy") == ["sandbox"]
    assert answer.headers["Referrer-Policy"]


def test_only_a_trusted_proxy_says_who_asks_and_how(tmp_path, monkeypatch):
    create_project(tmp_path)
    monkeypatch.setenv("DIGEST_WEB_TRUSTED_PROXIES", '["10.0.0.0/8"]')
    seen: list[str] = []

    def who(request: Request) -> Response:
        assert request.client is not None
        seen.append(f"{request.url.scheme} {request.client.host}")
        return PlainTextResponse("")

    forwarded = {"X-Forwarded-For": "192.0.2.7, 203.0.113.9", "X-Forwarded-Proto": "https"}
    with open_pipeline(tmp_path) as pipeline:
        app = make_app(pipeline)
        app.router.routes.append(Route("/who", who))
        for address in ("10.1.2.3", "203.0.113.5"):
            answer = a_client(app, client=(address, 5000)).get("/who", headers=forwarded)
            assert ("Strict-Transport-Security" in answer.headers) == (address == "10.1.2.3")
    assert seen == ["https 203.0.113.9", "http 203.0.113.5"]


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://news.example.org"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "https://news.example.org"}, True),
        ({"Origin": "https://NEWS.example.org"}, True),
        ({"Origin": "http://192.168.1.5:8000", "Host": "192.168.1.5:8000"}, True),
        ({"Origin": "https://evil.example", "Host": "news.example.org"}, False),
        ({"Origin": "https://news.example.org.evil.example"}, False),
        ({"Origin": "null"}, True),
        ({"Origin": "http://[", "Host": "news.example.org"}, False),
        ({"Origin": "http://news.example.org:x", "Host": "news.example.org"}, False),
    ],
)
def test_a_post_is_ours_where_the_browser_says_so_or_where_there_is_none(headers, own):
    assert is_own(Headers(headers), "https://news.example.org") is own


def test_what_another_site_made_a_browser_send_is_refused_but_for_the_one_click(site):
    foreign = {"Origin": "https://evil.example"}
    refused = site.post("/sign-up", data={"email": "ada@example.org"}, headers=foreign)
    assert refused.status_code == 403
    assert "page of another site" in refused.text
    assert site.post("/unsubscribe/no-token", headers=foreign).status_code != 403
    assert site.post("/unsubscribe/no-token/undo", headers=foreign).status_code == 403
    assert site.get("/health", headers=foreign).status_code == 200


@pytest.mark.parametrize(("size", "status"), [(65_536, 200), (65_537, 413)])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_may_have_so_many_bytes_and_no_more(pipeline, size, status, announced):
    site = with_routes(pipeline, Route("/read", reads, methods=["POST"]))
    body = b"x" * size
    answer = site.post("/read", content=body if announced else iter([body[:9], body[9:]]))
    assert answer.status_code == status
    assert ("too much" in answer.text) == (status == 413)


def test_a_body_that_does_not_end_is_given_up(pipeline):
    async def never() -> Message:
        await asyncio.sleep(PATIENCE)
        raise AssertionError("it waited")

    async def ask() -> None:
        layer = BodyLimit(read_all, most=10, seconds=0.05)
        await layer({"type": "http", "headers": []}, never, nobody)

    async def nobody(_message: Message) -> None: ...

    async def read_all(_scope: Scope, receive: Receive, _send: Send) -> None:
        await receive()

    with pytest.raises(HTTPException) as refused:
        asyncio.run(ask())
    assert refused.value.status_code == 408


def test_a_fault_of_ours_has_a_reference_that_the_log_has_too(pipeline, capsys):
    answer = with_routes(pipeline, Route("/fails", fails)).get("/fails")
    assert answer.status_code == 500
    assert "ValueError" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    logged = capsys.readouterr()
    reference = answer.text.partition("<strong>")[2].partition("</strong>")[0]
    assert len(reference) == 8
    assert reference in logged.out + logged.err


def test_what_is_broken_in_the_templates_is_told_and_makes_it_not_ready(pipeline):
    site = a_client(make_app(pipeline))
    own = pipeline.project.config.path("templates") / "web"
    own.mkdir(parents=True)
    (own / "error.html.j2").write_text("{{ nobody.knows.this }}")
    answer = site.get("/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "database": "ok",
        "templates": "failed",
        "installation": "ok",
        "stopping": False,
    }
    fault = site.get("/nothing")
    assert fault.status_code == 500
    assert fault.text.startswith("Something went wrong here. Reference: ")


def test_a_process_that_is_about_to_end_is_not_ready_but_healthy(pipeline):
    site = a_client(make_app(pipeline))
    pipeline.stop_when(lambda: True)
    assert site.get("/health").status_code == 200
    assert (site.get("/ready").status_code, site.get("/ready").json()["stopping"]) == (503, True)


def test_without_a_database_it_is_healthy_and_not_ready_and_has_no_figures(pipeline):
    site = a_client(make_app(pipeline), client=("127.0.0.1", 5000))
    with pipeline.project.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        connection.exec_driver_sql("DROP TABLE notices")
        connection.commit()
    assert site.get("/health").status_code == 200
    assert site.get("/ready").json()["database"] == "failed"
    assert "digest_database_up 0.0" in site.get("/metrics").text


@pytest.mark.parametrize(
    ("who", "client", "status"),
    [
        ("local", "127.0.0.1", 200),
        ("local", "::1", 200),
        ("local", "192.0.2.1", 404),
        ("all", "192.0.2.1", 200),
        ("off", "127.0.0.1", 404),
    ],
)
def test_figures_are_shown_to_whom_the_settings_let(tmp_path, monkeypatch, who, client, status):
    create_project(tmp_path)
    monkeypatch.setenv("DIGEST_WEB_METRICS", who)
    with open_pipeline(tmp_path) as pipeline:
        site = a_client(make_app(pipeline), client=(client, 5000))
        assert site.get("/metrics").status_code == status


def test_figures_tell_requests_by_route_and_never_by_address(pipeline):
    site = with_routes(pipeline, Route("/secret/{token}", policy_of_its_own))
    for path in ("/secret/one", "/secret/two", "/nowhere/three"):
        site.get(path)
    figures = a_client(site.app, client=("127.0.0.1", 1)).get("/metrics").text  # type: ignore[arg-type]
    assert (
        'digest_http_requests_total{method="GET",route="/secret/{token}",status="200"} 2.0'
        in figures
    )
    assert 'digest_http_requests_total{method="GET",route="-",status="404"} 1.0' in figures
    assert 'digest_http_request_seconds_count{route="/secret/{token}"} 2.0' in figures
    assert "three" not in figures


def test_the_policy_lets_nothing_in_but_our_own():
    assert POLICY.split("; ") == [
        "default-src 'none'",
        "img-src 'self' https: data:",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
