"""What commands print: how far a run has come, and whatever strangers wrote."""

import ast
import io
import json

import pytest
from rich.console import Console
from rich.progress import Progress as Bar

from digest.cli.json_output import say_json
from digest.cli.output import fail, note, say
from digest.cli.progress_bars import Figures
from digest.cli.run_report import progress_line
from digest.cli.tables import say_table
from digest.errors import DigestError
from digest.services.delivery.report import Progress
from digest.text import visible
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("done", "total", "rate", "line"),
    [
        (0, 1, 0.0, "0 of 1 message"),
        (12_345, 100_000, 2134.4, "12,345 of 100,000 messages, 2,134 a second, 0:00:42 left"),
        (3, 60, 0.25, "3 of 60 messages, 0.2 a second, 0:03:48 left"),
        (60, 60, 9.99, "60 of 60 messages, 10.0 a second, 0:00:00 left"),
    ],
)
def test_what_nobody_can_say_yet_is_left_out(done, total, rate, line):
    assert progress_line(Progress("daily-2026-11-21", done, total, rate)) == line


def test_the_bar_counts_from_its_beginning():
    now = [0.0]
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with Bar(Figures(), console=console, get_time=lambda: now[0], auto_refresh=False) as bar:
        task = bar.add_task("daily", total=100)
        now[0] = 2.0
        bar.update(task, completed=40)
        bar.refresh()
    assert "40 of 100 messages, 20 a second, 0:00:03 left" in out.getvalue()


# Titles, colours and clipboards of terminals, the same by one character, a turned line, half a
# character, a carriage return that writes over the line, and what Rich takes for a link.
HOSTILE = (
    "\x1b]0;owned\x07 \x1b[2J \x9b31m \x1b]52;c;cm0=\x07 \u202egnp.exe\u2066 \udc9b "
    "done\rfailed [link=file:///etc/passwd]here[/link] [red]"
)
OBEYED = set("\x1b\x07\x9b\r\u202e\u2066\udc9b")


def test_whatever_is_printed_a_terminal_shows_it_and_obeys_none(capsys):
    say(HOSTILE)
    note(HOSTILE)
    fail(DigestError(HOSTILE, remedy=HOSTILE))
    say_table(["Title"], [[HOSTILE]])
    out, err = capsys.readouterr()
    assert not OBEYED & set(out + err)
    assert out.count("[red]") == 2  # the table is folded, and nothing of it is markup
    assert "\\u001b]0;owned\\u0007" in out
    assert "\\u202egnp.exe" in err


def test_json_says_the_same_in_escapes_of_its_own(capsys):
    say_json({HOSTILE: [HOSTILE]})
    out = capsys.readouterr().out
    assert not OBEYED & set(out)
    assert json.loads(out) == {HOSTILE: [HOSTILE]}


def test_lines_and_the_signs_that_scripts_need_stay():
    text = "two\nlines\tand \u0645\u06cc\u200c\u062e\u0648\u0627, \U0001f469\u200d\U0001f680"
    assert visible(text) == text


def test_nothing_is_printed_but_here_and_by_the_log():
    package = ROOT / "digest"
    printing = {
        f"{path.relative_to(package)}"
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write",
            "sys.stderr.write", "typer.echo", "typer.secho", "console.print", "rich.print")
    }  # fmt: skip
    # The version, where a server is, and a file to be kept: our own words, to be read at once.
    assert printing == {
        "cli/output.py",
        "log.py",
        "cli/commands.py",
        "cli/mcp.py",
        "cli/schedule.py",
        "cli/serve.py",
        "cli/tables.py",
    }
