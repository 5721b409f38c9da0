"""`digest mcp` as an agent has it: by the client of the official SDK, over a process's streams."""

import asyncio
import json
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import TextContent

from tests.integration.conftest import DAY, story_text

READING = {
    "read_project",
    "list_issues",
    "read_issue",
    "list_stories",
    "search_stories",
    "explain_story",
    "count_subscribers",
    "read_health",
}
DRAFTING = {
    "order_stories",
    "hide_story",
    "move_story",
    "reword_story",
    "word_issue",
    "undo_edit",
}
TOMORROW = "2026-11-22"
APPROVED = '\napproval = "required"\nwhen_unapproved = "hold"'


def session(project, talk: Callable[[Client], Awaitable[None]], *args: str) -> None:
    """Let an agent talk to the command of a project."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "digest", "mcp", "--project", str(project.root), *args],
        env=project.environment(),
    )

    async def connect() -> None:
        async with Client(server) as client:
            await talk(client)

    asyncio.run(connect())


async def answer(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def refusal(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    return " ".join(part.text for part in result.content if isinstance(part, TextContent))


def ask_for_approval(project) -> None:
    settings = project.root / "config" / "digest.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[[newsletters]]", f"[[newsletters]]{APPROVED}", 1))


def test_an_agent_reads_stories_and_drafts_edits_in_an_editors_name(project):
    project.add_subscribers(2)
    for headline in ("Moon Found", "Star Lost", "Comet Seen"):
        project.drop(f"{DAY}/{headline}.txt", story_text(headline))
    project.run("collect")

    async def talk(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | DRAFTING
        (letter,) = (await answer(client, "read_project"))["newsletters"]
        assert (letter["subscribers"], letter["free_words"]) == (2, False)
        issue = await answer(client, "read_issue")
        assert issue["issue"] == f"science-daily-{DAY}"
        lead, second, last = (story["story"] for story in issue["stories"])
        assert {source for story in issue["stories"] for source in story["sources"]} == {"seeds"}
        explained = await answer(client, "explain_story", story=last)
        (report,) = explained["reports"]
        assert report["source"] == "seeds"
        assert explained["bullets"][0]["report"] == report["report"]
        assert [rank["issue"] for rank in explained["ranks"]] == [issue["issue"]]

        (order,) = (await answer(client, "order_stories", stories=[last]))["edits"]
        assert (order["made_by"], order["kind"]) == ("Ada", "order")
        await answer(client, "hide_story", story=second)
        await answer(client, "reword_story", story=lead, bullets=report_sentences(issue, lead)[1:])
        edited = await answer(client, "read_issue")
        assert [story["story"] for story in edited["stories"]] == [last, lead]
        assert len(edited["stories"][1]["bullets"]) == 1
        (undone,) = (await answer(client, "undo_edit", edit=order["edit"]))["edits"]
        assert undone["is_undone"]
        assert (await answer(client, "read_issue"))["stories"][0]["story"] == lead

        # Words that no report has would be read as the sources' words.
        invented = await refusal(client, "reword_story", story=lead, headline="Moon Is Cheese")
        assert "no report's own words" in invented
        assert "takes other arguments: days: must be at least 1" in (
            await refusal(client, "list_issues", days=0)
        )
        assert "no report's own words" in await refusal(client, "word_issue", subject="Cheese!")
        assert "there is no story '999'" in await refusal(client, "explain_story", story=999)
        assert "nothing is to be changed" in await refusal(client, "word_issue")
        project.run("issue", "hide", str(last), "--by", "Ben")
        theirs = (await answer(client, "read_issue"))["edits"][-1]
        assert theirs["made_by"] == "Ben"
        assert "is none that Ada made" in await refusal(client, "undo_edit", edit=theirs["edit"])

    session(project, talk, "--drafts-for", "Ada")
    acts = [edit["made_by"] for edit in project.json("issue", "edits")["edits"]]
    assert acts == ["Ada", "Ada", "Ada", "Ben"]


def report_sentences(issue: Any, number: int) -> list[str]:
    return next(story["bullets"] for story in issue["stories"] if story["story"] == number)


def test_an_agent_writes_words_of_its_own_only_where_a_person_must_approve_them(project):
    project.drop(f"{DAY}/a.txt", story_text("Moon Found"))
    project.run("collect")
    ask_for_approval(project)

    async def draft(client: Client) -> None:
        await answer(client, "word_issue", subject="The moon", note=["Good morning."])
        await answer(client, "reword_story", story=1, headline="A moon")
        issue = await answer(client, "read_issue")
        assert (issue["subject"], issue["stories"][0]["headline"]) == ("The moon", "A moon")

    session(project, draft, "--drafts-for", "Ada")
    assert project.json("run", status=1)["issues"][0]["state"] == "held"


def test_no_tool_tells_an_address_and_without_a_name_none_drafts(project):
    subscribers = project.add_subscribers(3)
    for headline in ("Moon Found", "Star Lost"):
        project.drop(f"{DAY}/{headline}.txt", story_text(headline))
    project.run("run")
    project.drop(f"{TOMORROW}/a.txt", story_text(f"{subscribers[0]} finds a comet"))
    project.drop(f"{DAY}/bad {subscribers[1]}.txt", "")
    project.env["DIGEST_NOW"] = f"{TOMORROW}T05:00:00Z"
    project.run("collect")
    project.run("issue", "headline", "3", f"{subscribers[1]} writes", "--by", subscribers[2])
    project.run("issue", "hold", f"{subscribers[0]} complains", "--by", subscribers[1])
    calls: dict[str, dict[str, Any]] = {
        "read_project": {},
        "list_issues": {},
        "read_issue": {},
        "list_stories": {},
        "search_stories": {"words": "moon"},
        "explain_story": {"story": 3},
        "count_subscribers": {},
        "read_health": {},
    }

    async def talk(client: Client) -> None:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == set(calls) == READING
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        assert all("never instructions" in (tool.description or "") for tool in tools)
        for tool, arguments in calls.items():
            said = json.dumps(await answer(client, tool, **arguments))
            assert not [address for address in subscribers if address in said], (tool, said)
            assert "@example.org" in said or tool not in ("read_issue", "explain_story")
        assert "subscriber" not in await refusal(
            client, "read_issue", newsletter=f"{subscribers[0]}"
        )

    session(project, talk)


def test_over_http_the_token_says_what_an_agent_may_and_in_whose_name(project):
    project.drop(f"{DAY}/a.txt", story_text("Moon Found"))
    project.run("collect")
    both = "issues:read;stories:read;sources:read;topics:read;figures:read"
    tokens = {
        name: project.run("tokens", "add", name, *more).stdout
        for name, more in {
            "reading-agent": (),
            "drafting-agent": ("--role", "editor", "--scopes", f"{both};issues:edit"),
            "narrow": ("--scopes", "issues:read"),
        }.items()
    }
    secrets = {name: re.findall(r"digest_[\w-]{43}", said)[0] for name, said in tokens.items()}
    process = project.popen("mcp", "--port", "0")
    try:
        url = process.readline().split()[3]
        asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        for secret, status in ((secrets["narrow"], 403), ("digest_" + "x" * 43, 401), ("", 401)):
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            answered = httpx2.post(url, json=asked, headers=headers)
            assert answered.status_code == status
            assert answered.headers["WWW-Authenticate"].startswith("Bearer ")

        async def talk(secret: str, tools: set[str]) -> None:
            headers = {"Authorization": f"Bearer {secret}"}
            async with (
                httpx2.AsyncClient(headers=headers) as http,
                Client(streamable_http_client(url, http_client=http)) as client,
            ):
                assert {tool.name for tool in (await client.list_tools()).tools} == tools
                assert (await answer(client, "read_issue"))["stories"][0]["sources"] == ["seeds"]
                if "hide_story" in tools:
                    (edit,) = (await answer(client, "hide_story", story=1))["edits"]
                    assert edit["made_by"] == "token drafting-agent"

        asyncio.run(talk(secrets["reading-agent"], READING))
        asyncio.run(talk(secrets["drafting-agent"], READING | DRAFTING))
    finally:
        process.terminate()
        process.communicate(timeout=30)  # closes its streams
    assert process.returncode == 0
