"""An admin's word on stories, by the real commands: pins and topics, and what is learned."""

import json

from tests.integration.conftest import DAY, story_text

TOPICS = {
    "Space": "orbit rocket comet lander",
    "Medicine": "trial doctors tumour surgery",
}


def drop_labelled(project, count=12):
    """So many stories of each of two topics, that say which."""
    for topic, words in TOPICS.items():
        for number in range(count):
            text = story_text(f"{words} {topic} {number}", topic=topic)
            project.drop(f"{DAY}/{topic}-{number}.txt", text)


def headlines(project):
    preview = project.json("preview", "--date", DAY)
    return preview["subject"]


def test_a_pinned_story_leads_until_it_is_let_go(project):
    project.drop(f"{DAY}/big.txt", story_text("A big story", sources=9))
    project.drop(f"{DAY}/small.txt", story_text("A small story", sources=1))
    project.run("collect")
    small, big = project.json("stories", "list")["stories"]
    assert (small["headline"], big["headline"]) == ("A small story", "A big story")
    assert headlines(project) == "A big story"
    said = project.run("stories", "pin", "seeds/" + f"{DAY}/small.txt").stdout
    assert said == f"{small['id']}, A small story: pinned.\n"
    assert headlines(project) == "A small story"
    assert "pinned, in no issue yet" in project.run("stories", "list").stdout
    (rank,) = project.json("explain", str(small["id"]), "--date", DAY)["ranks"]
    assert (rank["pinned"], rank["new"], rank["score"]) == (True, True, 1.0)
    assert f"Rank in science-daily-{DAY}: 3.32: +3.32 9 sources" in (
        project.run("explain", "big.txt", "--date", DAY).stdout
    )
    assert project.run("stories", "pin", str(small["id"])).stdout.endswith("pinned already.\n")
    project.run("stories", "unpin", str(small["id"]))
    assert headlines(project) == "A big story"


def test_a_story_is_ranked_in_the_issue_that_told_it_or_in_the_next_one_to_be_made(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A galaxy far away"))
    project.run("collect")

    def rank(number: str, **more: str):
        (found,) = project.json("explain", number, **more)["ranks"]
        return found["issue"], found["sealed"]

    assert rank("1") == (f"science-daily-{DAY}", False)
    project.run("send")
    project.drop(f"{DAY}/b.txt", story_text("A star nearby"))
    project.run("collect")
    assert rank("1") == (f"science-daily-{DAY}", True)
    assert rank("2") == ("science-daily-2026-11-22", False)
    told = project.run("explain", "1").stdout
    assert f"Rank in science-daily-{DAY} (sealed): " in told


def test_a_story_that_nobody_knows_is_named_with_a_remedy(project):
    refused = project.run("stories", "pin", "12", status=2).stderr
    assert "there is no story '12'" in refused
    assert "digest stories list" in refused
    assert project.run("stories", "list").stdout == "None.\n"


def test_topics_are_learned_tested_and_given_up_when_the_tree_changes(project):
    refused = project.run("topics", "train", status=1).stderr
    assert "0 labelled stories are too few to learn from: it takes 10" in refused
    assert "digest topics set" in refused
    assert "keywords alone choose" in project.run("topics", "list").stdout
    drop_labelled(project)
    project.run("collect")
    figures = project.json("topics", "test")
    assert (figures["labels"], figures["accuracy"]) == (24, 1.0)
    assert figures["keywords"].keys() == {"labels", "decided", "right", "unsure"}
    assert "Keywords alone decide " in project.run("topics", "test").stdout
    told = project.run("topics", "train").stdout
    assert told.startswith("Learned 2 topics from 24 stories.\n")
    listed = project.json("topics", "list")
    assert listed["model"]["labels"] == 24
    learned = {topic["id"] for topic in listed["topics"] if topic["learned"]}
    assert learned == {"space", "medicine"}
    model = json.loads((project.root / "var" / "topics.json").read_text())
    assert model["made_at"] == f"{DAY}T12:00:00Z"

    file = project.root / "config" / "topics.toml"
    file.write_text(file.read_text() + '\n[[topics]]\nid = "sport"\ntitle = "Sport"\n')
    stale = project.run("topics", "list").stdout
    assert "is of other topics than config/topics.toml" in stale
    (project.root / "var" / "topics.json").write_text("{")
    assert "holds no model" in project.run("topics", "list").stdout


def test_an_admins_topic_shows_in_the_story_and_is_learned_from(project):
    drop_labelled(project, 10)
    project.drop(f"{DAY}/odd.txt", story_text("An odd one", topic="Science"))
    project.run("collect")
    assert project.json("topics", "test")["labels"] == 20
    told = project.run("topics", "set", "odd.txt", "medicine").stdout
    assert told.endswith("An odd one: Medicine (was science).\n")
    found = project.json("explain", "odd.txt")
    assert (found["topic"], found["topic_reason"]) == ("medicine", "an admin set it")
    assert project.json("topics", "test")["labels"] == 21
    refused = project.run("topics", "set", "odd.txt", "sports", status=2).stderr
    assert "'sports' is not a topic of config/topics.toml" in refused


def test_a_dropped_story_is_in_no_issue_until_it_is_restored(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/good.txt", story_text("A good story"))
    bad = project.drop(f"{DAY}/bad.txt", story_text("A bad story", sources=9))
    project.drop(f"{DAY}/worse.txt", story_text("A worse story", sources=8))
    project.run("collect")
    assert headlines(project) == "A bad story"
    numbers = {s["headline"]: s["id"] for s in project.json("stories", "list")["stories"]}
    bad_one, worse_one = numbers["A bad story"], numbers["A worse story"]
    told = project.run("stories", "drop", "bad.txt", str(worse_one)).stdout
    assert told == f"{bad_one}, A bad story: dropped.\n{worse_one}, A worse story: dropped.\n"
    assert headlines(project) == "A good story"
    assert "dropped 21 Nov 12:00 UTC" in project.run("stories", "list").stdout
    found = project.json("explain", "bad.txt")
    assert (found["withdrawn_at"], found["ranks"]) == (f"{DAY} 12:00:00+00:00", [])
    explained = project.run("explain", "bad.txt").stdout
    assert "Dropped: 21 Nov 12:00 UTC. It goes into no issue" in explained

    bad.write_text(story_text("A bad story", sources=12))
    assert project.json("collect")["updated"] == 1
    assert headlines(project) == "A good story"
    assert project.run("stories", "restore", "worse.txt").stdout.endswith(": restored.\n")
    assert project.run("stories", "restore", "worse.txt").stdout.endswith(": was not dropped.\n")
    for digits in (20, 5_000):
        assert "there is no story" in project.run("explain", "9" * digits, status=2).stderr
    refused = project.run("stories", "merge", "bad.txt", "good.txt", status=2).stderr
    assert f"digest stories restore {bad_one}" in refused

    (issue,) = project.json("send")["issues"]
    assert (issue["subject"], issue["stories"]) == ("A worse story", 2)
    assert "A bad story" not in project.outbox[0].read_text()


def test_what_was_mailed_cannot_be_dropped_and_then_nothing_else_is(project):
    project.add_subscribers(1)
    project.drop(f"{DAY}/a.txt", story_text("A story that went out"))
    project.json("send")
    project.drop(f"{DAY}/b.txt", story_text("Another one"))
    project.run("collect")
    refused = project.run("stories", "drop", "b.txt", "a.txt", status=2).stderr
    assert f"is in science-daily-{DAY}, which was mailed: it cannot be taken back" in refused
    assert "dropped" not in project.run("stories", "list").stdout
