"""The summariser's client before a server on loopback that plays the API, well and badly."""

import json
import time
from contextlib import closing
from socket import create_server

import pytest

from digest.merge.summarise.model import SummaryFailed, SummaryInput, summarise_with
from digest.merge.summarise.model_http import HttpSummariser
from digest.merge.summarise.story import write_text
from tests.chat_api import chat_api, completion
from tests.summaries import told_by

REPORTS = (
    told_by(
        "A", "Quake in Elm kills 12", "A magnitude 6.3 earthquake struck Elm, killing 12 people."
    ),
    told_by("B", "Rescuers at work", "Drenia sent two teams with dogs to the town of Elm.", 2),
)
GOOD = ["The earthquake killed 12 people in Elm.", "Drenia sent two teams with dogs."]
ACCOUNTS = [SummaryInput("A", "Quake in Elm", "An earthquake struck Elm.")]


@pytest.fixture
def api():
    with chat_api(GOOD) as server:
        yield server


def test_good_bullets_stand(api):
    summariser = HttpSummariser(api.url + "/", "small-model", "secret-key", max_words=90)
    assert list(summarise_with(summariser, write_text(REPORTS), REPORTS).bullets) == GOOD
    assert api.path == "/v1/chat/completions"
    assert api.authorization == "Bearer secret-key"
    assert api.sent["model"] == "small-model"
    task, reports = (one["content"] for one in api.sent["messages"])
    assert "90 words" in task
    assert [one["publisher"] for one in json.loads(reports)["reports"]] == ["A", "B"]


def test_the_key_is_not_shown_and_without_one_none_is_sent(api):
    assert "secret-key" not in repr(HttpSummariser(api.url, "m", "secret-key"))
    HttpSummariser(api.url, "m").summarise(ACCOUNTS, "en")
    assert not api.authorization


def test_json_in_a_fence_is_read(api):
    api.body = completion(f"Here you are:\n```json\n{json.dumps({'bullets': GOOD})}\n```")
    assert HttpSummariser(api.url, "m").summarise(ACCOUNTS, "en") == tuple(GOOD)


def test_an_invented_fact_brings_back_the_extractive_bullets(api):
    invented = [*GOOD, "President Okafor blamed the mayor."]
    api.body = completion(json.dumps({"bullets": invented}))
    story = write_text(REPORTS)
    assert summarise_with(HttpSummariser(api.url, "m"), story, REPORTS) == story


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[" * 100_000,
        b"\xff\xfe",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        completion("no JSON"),
        completion('{"bullets": "one"}'),
        completion('{"bullets": [1, 2]}'),
        completion('{"bullets": ["one"'),
        completion("} {"),
        b" " * 1_000_001,
    ],
)
def test_nonsense_is_a_failure_and_no_crash(api, body):
    api.body = body
    assert isinstance(HttpSummariser(api.url, "m").summarise(ACCOUNTS, None), SummaryFailed)


def test_an_error_is_a_failure_that_names_the_code(api):
    api.status = 500
    failed = HttpSummariser(api.url, "m").summarise(ACCOUNTS, "en")
    assert isinstance(failed, SummaryFailed)
    assert failed.reason == f"{api.url} answered 500"


def test_a_slow_server_is_not_waited_for(api):
    api.delay = 30
    began = time.perf_counter()
    story = write_text(REPORTS)
    assert summarise_with(HttpSummariser(api.url, "m", timeout=0.3), story, REPORTS) == story
    assert time.perf_counter() - began < 5


def test_no_server_is_a_failure():
    with closing(create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    failed = HttpSummariser(f"http://127.0.0.1:{port}/v1", "m").summarise(ACCOUNTS, "en")
    assert isinstance(failed, SummaryFailed)
    assert "cannot be reached" in failed.reason
