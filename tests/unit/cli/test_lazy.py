"""What a command takes: nothing that would count for nothing."""

import pytest
from typer.testing import CliRunner

from digest.cli.commands import COMMANDS, app
from digest.cli.lazy import Command, CommandGroup, LazyCommands, Table, name_of_parameter
from digest.errors import UsageError

IDLE = [
    (["keywords", "test", ""], "A;B is empty"),
    (["keywords", "test", " "], "A;B is empty"),
    (["issue", "bullets", "7", "a", ""], "TEXT is empty"),
    (["explain", ""], "is empty"),
    (["keywords", "test", "a", "--source", "x", "--newsletter", "y"], "do not go together"),
    (["deliveries", "list", "--groups", "--csv"], "--groups and --csv do not go together"),
    (["webhooks", "replay", "1", "msg_1", "--since", "2026-11-21"], "MESSAGE and --since do not"),
    (["mcp", "--host", "127.0.0.1"], "--host says nothing without --port"),
    (["mcp", "--port", "0", "--drafts-for", "Ada"], "do not go together"),
    (["backup", "--made", "--force"], "--force says nothing without FILE"),
]


@pytest.mark.parametrize(("words", "fault"), IDLE, ids=[" ".join(words) for words, _ in IDLE])
def test_what_would_count_for_nothing_is_refused(words, fault):
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, UsageError)
    assert fault in refused.message


def test_the_rules_name_options_that_there_are():
    for file, table in (("", COMMANDS), *groups()):
        for word, entry in table.items():
            if isinstance(entry, Command) and (entry.apart or entry.needs or entry.may_be_empty):
                parameters = LazyCommands(table, file)[word].params
                named = {name for names in (*entry.apart, *entry.needs) for name in names}
                named |= {entry.may_be_empty} - {""}
                assert named <= set(map(name_of_parameter, parameters)), (file, word)


def test_every_option_of_every_command_has_a_name():
    for file, table in (("", COMMANDS), *groups()):
        commands = LazyCommands(table, file)
        for word in (word for word, entry in table.items() if isinstance(entry, Command)):
            for parameter in commands[word].params:
                is_option = parameter.param_type_name == "option"
                assert name_of_parameter(parameter).startswith("--" if is_option else ""), word


def groups() -> list[tuple[str, Table]]:
    groups = [(word, entry) for word, entry in COMMANDS.items() if isinstance(entry, CommandGroup)]
    return [(word, group.commands) for word, group in groups]
