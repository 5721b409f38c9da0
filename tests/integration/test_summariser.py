"""`digest collect` with a language model: two feeds tell of one event, and the model chooses.

Whatever the model says or fails to say costs nothing but its own bullets, and is told why.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from functools import partial

import pytest

from digest.new_project import create_project
from tests.chat_api import Api, chat_api, completion
from tests.feed_farm import Farm, Stall
from tests.integration.conftest import Project

NOW = "2026-11-20T12:00:00Z"
QUAKES = {
    "times": (
        "Earthquake in Sarvia kills 12 people",
        (
            "A magnitude 6.3 earthquake struck Sarvia early on Friday, killing 12 people in Lomar. "
            "Rescuers searched the ruins of a school dormitory in Lomar through the morning."
        ),
    ),
    "post": (
        "Sarvia earthquake: 12 people killed in Lomar",
        (
            "At least 12 people were killed when a 6.3-magnitude earthquake hit Lomar in Sarvia. "
            "The government of Sarvia sent 400 soldiers to the ruins of the dormitory."
        ),
    ),
}
SENTENCES = [sentence + "." for _, text in QUAKES.values() for sentence in text[:-1].split(". ")]
WRITTEN = [
    "Rescuers searched ruins of the school dormitory in Lomar through the morning.",
    "The government of Sarvia sent 400 soldiers to the ruins of a dormitory.",
]
INVENTED = "President Okafor blamed the mayor of Lomar for the collapse."


@pytest.fixture
def api() -> Iterator[Api]:
    with chat_api([3, 2]) as server:
        yield server


@pytest.fixture
def farm() -> Iterator[Farm]:
    with Farm(0) as found:
        yield found


def publish(project: Project, farm: Farm, told: dict[str, tuple[str, str]]) -> None:
    """A feed of one item for each source, followed by the project."""
    blocks = []
    for name, (headline, text) in told.items():
        body = (
            f"<rss version='2.0'><channel><title>{name}</title><language>en</language><item>"
            f"<title>{headline}</title><link>https://{name}.example/1</link>"
            f"<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>{text}</description>"
            "</item></channel></rss>"
        ).encode()
        farm.pages[f"/{name}"] = partial(Stall.ok, body=body)
        url = f"http://127.0.0.1:{farm.port}/{name}"
        blocks.append(f'[[sources]]\nid = "{name}"\nkind = "feed"\nurl = "{url}"\n')
    (project.root / "config" / "sources.toml").write_text("\n".join(blocks))
    project.env |= {"DIGEST_NOW": NOW, "DIGEST_COLLECT_ALLOW": '["127.0.0.1"]'}


def ask(project: Project, api: Api, **more: str) -> None:
    """Name the model in the settings."""
    project.env |= {
        "DIGEST_SUMMARISER_URL": api.url,
        "DIGEST_SUMMARISER_MODEL": "small-model",
        **more,
    }


def bullets(project: Project) -> list[list[str]]:
    with sqlite3.connect(project.root / "var" / "digest.db") as database:
        return [json.loads(row[0]) for row in database.execute("SELECT bullets FROM stories")]


def test_the_sentences_at_which_it_points_are_the_bullets_and_explain_tells_of_each(
    project, farm, api
):
    publish(project, farm, QUAKES)
    ask(project, api)
    project.run("collect")
    offered = json.loads(api.sent["messages"][1]["content"])["sentences"]
    assert sorted(one["text"] for one in offered) == sorted(SENTENCES)
    chosen = [one["text"] for number in (3, 2) for one in offered if one["number"] == number]
    assert bullets(project) == [chosen]
    told = project.run("explain", "1").stdout
    assert "Bullets: sentences 3, 2 of the 4 offered, chosen by small-model" in told
    explained = json.loads(project.run("explain", "1", "--json").stdout)
    texts = {one["report"]: QUAKES[one["source"]][1] for one in explained["reports"]}
    for bullet in explained["bullets"]:
        assert texts[bullet["report"]].split(". ")[bullet["sentence"] - 1] in bullet["text"]
        assert (
            f"sentence {bullet['sentence']} of report {bullet['report']}: {bullet['text']}" in told
        )
    project.run("collect", DIGEST_NOW="2026-11-20T13:00:00Z")
    assert (bullets(project), api.asked) == ([chosen], 1)


def test_a_model_that_may_write_is_labelled_in_the_mail_and_where_it_is_explained(
    project, farm, api
):
    publish(project, farm, QUAKES)
    ask(project, api, DIGEST_SUMMARISER_MODE="write")
    api.body = completion(json.dumps({"bullets": WRITTEN}))
    project.run("collect")
    reports = json.loads(api.sent["messages"][1]["content"])["reports"]
    assert sorted(one["publisher"] for one in reports) == ["post", "times"]
    assert bullets(project) == [WRITTEN]
    assert "written by small-model" in project.run("explain", "1").stdout
    project.run("preview", "--out", "preview")
    for name in ("issue.html", "issue.txt"):
        page = " ".join((project.root / "preview" / name).read_text("utf-8").split())
        assert page.index("Written by a machine:") < page.index(WRITTEN[0])


def test_where_it_may_write_one_false_bullet_brings_back_the_extracted_ones(
    project, farm, api, extracted
):
    publish(project, farm, QUAKES)
    api.body = completion(json.dumps({"bullets": [*WRITTEN, INVENTED]}))
    ask(project, api, DIGEST_SUMMARISER_MODE="write")
    said = project.run("collect").stderr
    assert bullets(project) == extracted
    assert f"the reports do not say: {INVENTED}" in said


def test_what_is_no_list_of_the_numbers_offered_brings_back_the_extracted_ones(
    project, farm, api, extracted
):
    publish(project, farm, QUAKES)
    api.body = completion(json.dumps({"bullets": [1, 99]}))
    ask(project, api)
    project.run("collect")
    assert bullets(project) == extracted
    told = project.run("explain", "1").stdout
    assert "Bullets: chosen by rules: small-model named numbers that were not among" in told


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the story's bullets are without a model."""
    root = tmp_path_factory.mktemp("extracted") / "project"
    create_project(root)
    project = Project(root)
    with Farm(0) as farm:
        publish(project, farm, QUAKES)
        project.run("collect")
    found = bullets(project)
    assert len(found) == 1
    assert found[0]
    return found


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (500, b"{}", "answered 500"),
        (200, b"<html>Log in</html>", "not the JSON that was asked for"),
        (200, completion("I cannot help with that."), "not the JSON that was asked for"),
        (200, completion('{"bullets": []}'), "chose no sentence"),
        (200, b" " * 1_000_001, "more than 1,000,000 bytes"),
    ],
)
def test_an_answer_that_is_of_no_use_costs_nothing_but_its_bullets(
    project, farm, api, extracted, status, body, reason
):
    publish(project, farm, QUAKES)
    api.status, api.body = status, body
    ask(project, api)
    said = project.run("collect").stderr
    assert bullets(project) == extracted
    assert reason in said


def test_a_server_that_hangs_or_is_not_there_is_not_waited_for(project, farm, api, extracted):
    publish(project, farm, QUAKES)
    api.delay = 60
    ask(project, api, DIGEST_SUMMARISER_TIMEOUT="0.3")
    said = project.run("collect").stderr
    assert bullets(project) == extracted
    assert "did not answer within 0.3 s" in said


TOLD = {
    "arlen": "A comet was seen above Arlen on Friday. Astronomers expect it back in 2090.",
    "bresk": "Divers raised a viking ship near Bresk. Its oak planks go to a museum.",
    "cova": "The council of Cova cut bus fares by half. Pupils travel free from May.",
    "doln": "An oil field off Doln was closed for good. Its 300 workers get other jobs.",
    "esker": "Esker bought a painting by Vermeer. The seller was a bank in Geneva.",
    "fjell": "Biologists found a frog in the lakes of Fjell. Males carry the tadpoles.",
}


def test_a_server_that_fails_again_and_again_is_given_up(project, farm, api):
    told = {name: (f"News of {name.title()}", text) for name, text in TOLD.items()}
    publish(project, farm, told)
    ask(project, api, DIGEST_SUMMARISER_TIMEOUT="1")
    api.delay = 60
    began = time.monotonic()
    said = project.run("collect").stderr
    assert api.asked == 3
    assert time.monotonic() - began < 30
    assert "the summariser failed too often" in said
    assert len(bullets(project)) == len(told)
