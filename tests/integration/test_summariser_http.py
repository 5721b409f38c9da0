"""The client of a language model before a server on loopback that plays the API, well and badly."""

import json
import time
from contextlib import closing
from socket import create_server

import pytest

from digest.merge.summarise.llm import SummaryFailed
from digest.merge.summarise.llm_abstractive import SummaryInput
from digest.merge.summarise.llm_extractive import NumberedSentence
from digest.merge.summarise.llm_http import ChatModel
from tests.chat_api import chat_api, completion

SENTENCES = [
    NumberedSentence(1, "A", "An earthquake struck Elm, killing 12 people."),
    NumberedSentence(2, "B", "Drenia sent two teams with dogs to the town of Elm."),
]
REPORTS = [SummaryInput("A", "Quake in Elm", "An earthquake struck Elm.")]
WRITTEN = ["An earthquake struck Elm."]


@pytest.fixture
def api():
    with chat_api([2, 1]) as server:
        yield server


def point(api, **more):
    return ChatModel(api.url, "m", **more).point("Quake in Elm", SENTENCES)


def test_it_is_given_numbered_sentences_and_answers_with_numbers(api):
    model = ChatModel(api.url + "/", "small-model", "secret-key", max_words=90)
    assert model.point("Quake in Elm", SENTENCES) == (2, 1)
    assert api.path == "/v1/chat/completions"
    assert api.authorization == "Bearer secret-key"
    assert api.sent["model"] == model.name == "small-model"
    task, given = (one["content"] for one in api.sent["messages"])
    assert "90 words" in task
    offered = json.loads(given)
    assert offered["headline"] == "Quake in Elm"
    assert [(one["number"], one["text"]) for one in offered["sentences"]] == [
        (one.number, one.text) for one in SENTENCES
    ]


def test_it_is_given_the_reports_where_it_may_write(api):
    api.body = completion(json.dumps({"bullets": WRITTEN}))
    assert ChatModel(api.url, "m").write(REPORTS, "en") == tuple(WRITTEN)
    (report,) = json.loads(api.sent["messages"][1]["content"])["reports"]
    assert report == {"publisher": "A", "headline": "Quake in Elm", "text": REPORTS[0].text}


def test_the_key_is_not_shown_and_without_one_none_is_sent(api):
    assert "secret-key" not in repr(ChatModel(api.url, "m", "secret-key"))
    point(api)
    assert not api.authorization


def test_json_in_a_fence_is_read(api):
    api.body = completion(f"Here you are:\n```json\n{json.dumps({'bullets': [1]})}\n```")
    assert point(api) == (1,)


@pytest.mark.parametrize("numbers", [["1"], [1.0], [True], [None], [[1]], ["An earthquake."]])
def test_what_is_no_whole_number_is_none(api, numbers):
    api.body = completion(json.dumps({"bullets": numbers}))
    failed = point(api)
    assert isinstance(failed, SummaryFailed)
    assert failed.answered


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
        completion('{"bullets": [1, "two"]}'),
        completion('{"bullets": ["one"'),
        completion("} {"),
        b" " * 1_000_001,
    ],
)
def test_nonsense_is_a_failure_and_no_crash(api, body):
    api.body = body
    assert isinstance(point(api), SummaryFailed)
    assert isinstance(ChatModel(api.url, "m").write(REPORTS, None), SummaryFailed)


def test_an_error_is_a_failure_that_names_the_code(api):
    api.status = 500
    assert point(api) == SummaryFailed(f"{api.url} answered 500")


def test_a_slow_server_is_not_waited_for(api):
    api.delay = 30
    began = time.perf_counter()
    assert isinstance(point(api, timeout=0.3), SummaryFailed)
    assert time.perf_counter() - began < 5


def test_no_server_is_a_failure():
    with closing(create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    failed = ChatModel(f"http://127.0.0.1:{port}/v1", "m").point("Quake in Elm", SENTENCES)
    assert isinstance(failed, SummaryFailed)
    assert "cannot be reached" in failed.reason
