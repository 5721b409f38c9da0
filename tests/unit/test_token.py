"""Access tokens: asked for when needed, kept for a while, and named where none comes."""

import asyncio
import sys

import pytest

from digest.deliver.backend import Ending
from digest.deliver.smtp.access_token import TokenCommand, TokenError
from digest.deliver.smtp.backend import SmtpBackend
from digest.deliver.smtp.server import SmtpServer


def python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def test_a_token_is_asked_for_once_in_five_minutes(tmp_path):
    log = tmp_path / "log"
    now = [1000.0]
    command = TokenCommand(
        python(f"open('{log}', 'a').write('x'); print('secret')"), lambda: now[0]
    )
    assert [command(), command()] == ["secret", "secret"]
    assert log.read_text() == "x"
    now[0] += 301
    assert command() == "secret"
    assert log.read_text() == "xx"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (python("import sys; sys.exit('no network')"), "no network"),
        (python("pass"), "printed no token"),
        (python("print(chr(233))"), "printed no token"),
        ("/nonexistent/command", "cannot be run"),
        ("'unclosed", "cannot be run"),
    ],
)
def test_without_a_token_the_reason_is_told(command, said):
    with pytest.raises(TokenError, match=said):
        TokenCommand(command)()


def test_a_session_without_a_token_ends_before_it_begins():
    server = SmtpServer(
        "127.0.0.1", 1, "none", "me", ask_token=TokenCommand("/nonexistent/command")
    )
    end = asyncio.run(SmtpBackend(server).session(lambda: None, lambda *_: None))
    assert end.ending is Ending.LATER
    assert "smtp.token_command" in end.detail
