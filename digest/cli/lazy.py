"""A group of commands that loads the module of a command when its word is typed.

Typer reads the signature of every command, and a signature needs its module with all that it
imports. So the words and their help stand in a table, and a module is loaded by its word alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from keyword import iskeyword
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from digest.errors import UsageError

# Python's own words, which a function cannot have or should not.
_TAKEN = {"list", "set"}


@dataclass(frozen=True, slots=True)
class Command:
    """The first sentence of a command's help, and an example.

    `file` is the module below digest.cli, where it has not the name of the (first) word. With
    `has_bullets` an argument may begin as in a list, `- so`, and is no option. Of the options that
    are named `apart` one alone counts, and the first of two that stand in `needs` counts beside the
    second alone; an argument stands among them by its metavar. `may_be_empty` is the one argument
    of which nothing means something.
    """

    summary: str
    example: str
    file: str = ""
    has_bullets: bool = False
    apart: tuple[tuple[str, ...], ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    may_be_empty: str = ""


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """A word that others follow; `default` is meant where none does."""

    summary: str
    commands: "Table"
    default: str = ""


Table = Mapping[str, Command | CommandGroup]


class LazyGroup(TyperGroup):
    """A group whose commands are those of a table."""

    def __init__(self, *, table: Table, file: str = "", default: str = "", **attrs: Any) -> None:
        super().__init__(**attrs)
        self.table = table
        self.default = default
        self.commands = LazyCommands(table, file)  # type: ignore[assignment] # nothing adds to it

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Find the word; where there is none before the options, it is the default."""
        if self.default and (not args or args[0].startswith("-")) and args != ["--help"]:
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """The words, without loading what is behind them."""
        return list(self.table)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """The words and their help, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(word, entry.summary) for word, entry in self.table.items()])


class _Command(TyperCommand):
    """A command that takes nothing which would count for nothing."""

    entry: Command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read what was typed, without the marks of a list where texts may have them."""
        if self.entry.has_bullets:
            args = [arg.removeprefix("- ") for arg in args]
        try:
            rest = super().parse_args(ctx, args)
        except typer.BadParameter as error:
            # Typer reads by pydantic, which says so before the message.
            error.message = error.message.removeprefix("Value error, ")
            raise
        typed = {
            name_of_parameter(parameter): ctx.params[parameter.name]
            for parameter in self.params
            if parameter.name in ctx.params
            and ctx.get_parameter_source(parameter.name).name == "COMMANDLINE"
        }
        self._refuse_idle(typed)
        return rest

    def _refuse_idle(self, typed: Mapping[str, Any]) -> None:
        for names in self.entry.apart:
            beside = [name for name in names if name in typed]
            if len(beside) > 1:
                raise UsageError(
                    f"{' and '.join(beside)} do not go together", remedy="leave one of them out"
                )
        for name, other in self.entry.needs:
            if name in typed and other not in typed:
                raise UsageError(f"{name} says nothing without {other}", remedy=f"give {other} too")
        for name, value in typed.items():
            texts = value if isinstance(value, list) else [value]
            is_argument = not name.startswith("-") and name != self.entry.may_be_empty
            if is_argument and any(isinstance(text, str) and not text.strip() for text in texts):
                raise UsageError(f"{name} is empty", remedy="see --help for what it is to be")


def name_of_parameter(parameter: Any) -> str:
    """An option by its longest name, an argument by its metavar."""
    if parameter.param_type_name == "option":
        # A switch that only turns off has its name among the others: --no-scheduler.
        return str(max([*parameter.opts, *parameter.secondary_opts], key=len))
    return str(parameter.metavar or parameter.name.upper()).removesuffix("...")


class LazyCommands(Mapping[str, Any]):
    """The commands of a table, each made of its function when it is asked for."""

    def __init__(self, table: Table, file: str = "") -> None:
        self.table = table
        self.file = file

    def __getitem__(self, word: str) -> Any:
        entry = self.table[word]
        if isinstance(entry, CommandGroup):
            return LazyGroup(
                name=word,
                table=entry.commands,
                file=word,
                help=entry.summary,
                default=entry.default,
                no_args_is_help=not entry.default,
                rich_markup_mode=None,
            )
        module = import_module(f"digest.cli.{entry.file or self.file or word}")
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        kind = type("_Command", (_Command,), {"entry": entry})
        single.command(word, cls=kind, epilog=f"Example: {entry.example}")(
            getattr(module, function_name(word))
        )
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(self.table)

    def __len__(self) -> int:
        return len(self.table)


def function_name(word: str) -> str:
    """The function of a command: `check_issue` for check-issue, `import_` for import."""
    name = word.replace("-", "_")
    return f"{name}_" if iskeyword(name) or name in _TAKEN else name
