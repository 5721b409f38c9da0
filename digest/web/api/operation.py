"""What the API can be asked for: an operation is declared once, for dispatch and document.

An endpoint says by its signature what it takes: `call`, the parameters of its path by their names,
`query` and `body` as pydantic models. What it returns is what is documented.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter

from digest.errors import NotFoundError
from digest.model import Newsletter
from digest.project import Project
from digest.scopes import Scope
from digest.services.admins.audit import Actor
from digest.store.api_tokens import ApiToken
from digest.store.preconditions import requiring
from digest.text import digest_of
from digest.web.api.values import Page

PREFIX = "/api/v1"
# What two headers may hold, in the document as in the dispatch.
IF_MATCH = r'^(\*|"[\x21\x23-\x7e]{1,64}")$'
IDEMPOTENCY_KEY = r"^[\x21-\x7e]{1,255}$"
_PARAMETER = re.compile(r"\{(\w+)\}")

T = TypeVar("T")


class ChangedError(Exception):
    """What is to be changed is not as it was seen: If-Match names another ETag."""


class ScopeError(Exception):
    """What is asked for needs a scope, or its role, that the token has not."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.scope = scope


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request that its token may make. `if_match` is the ETag that it was made for, or `*`."""

    project: Project
    token: ApiToken
    if_match: str = ""

    @property
    def who(self) -> str:
        """The name that is kept with what is done."""
        return self.token.who

    @property
    def actor(self) -> Actor:
        """Who does it now."""
        return Actor(self.who, self.project.clock())

    def newsletter(self, name: str) -> Newsletter:
        """The newsletter of a name; NotFoundError where there is none."""
        newsletter = self.project.config.newsletter(name)
        if newsletter is None:
            raise NotFoundError(f"there is no newsletter {name!r}", remedy="see /newsletters")
        return newsletter

    def require(self, scope: Scope) -> None:
        """ScopeError where the token has not what this needs beside the operation's own scope."""
        if not self.token.may(scope):
            raise ScopeError(scope)

    @contextmanager
    def changing(self, etag: Callable[[sa.Connection], str]) -> Iterator[None]:
        """Within it, a service changes what has this ETag only if that is the one it was seen by.

        It is looked at in the service's own transaction; ChangedError where it is another.
        """

        def check(connection: sa.Connection) -> None:
            if self.if_match not in ("*", etag(connection)):
                raise ChangedError

        with requiring(check):
            yield


@dataclass(frozen=True, slots=True)
class Tagged(Generic[T]):
    """What is answered, with its ETag; `location` is the path of what was made."""

    content: T
    etag: str = ""
    location: str = ""


def etag_of(*values: object) -> str:
    """A strong ETag (RFC 9110, section 8.8.3): another one where a value is another."""
    return f'"{digest_of([str(value) for value in values])[:22]}"'


@dataclass(frozen=True)
class Operation:
    """A method of a path, and all that the document says of it.

    A `conditional` one asks for If-Match; one that `creates` takes an Idempotency-Key.
    """

    method: str
    template: str
    endpoint: Callable[..., Any]
    scope: Scope
    status: int = 200
    conditional: bool = False
    creates: bool = False
    _hints: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Read the signature, once."""
        hints = get_type_hints(self.endpoint, include_extras=True)
        object.__setattr__(self, "_hints", hints)
        takes = set(inspect.signature(self.endpoint).parameters) - {"query", "body"}
        if takes != {"call", *self.names}:
            raise TypeError(f"{self.template} has other parameters than its endpoint")

    @property
    def path(self) -> str:
        """Its template as a path of the site: what the log and the metrics name."""
        return PREFIX + self.template

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters in its path, in their order."""
        return tuple(_PARAMETER.findall(self.template))

    @cached_property
    def path_types(self) -> dict[str, Any]:
        """What each parameter of the path is."""
        return {name: self._hints[name] for name in self.names}

    @cached_property
    def path_adapters(self) -> dict[str, TypeAdapter[Any]]:
        """What reads each of them."""
        return {name: TypeAdapter(kind) for name, kind in self.path_types.items()}

    @cached_property
    def query(self) -> type[BaseModel] | None:
        """The model of what may stand after the `?`."""
        return self._hints.get("query")

    @cached_property
    def body(self) -> TypeAdapter[Any] | None:
        """What reads the body."""
        return TypeAdapter(self._hints["body"]) if "body" in self._hints else None

    @cached_property
    def has_etag(self) -> bool:
        """Whether its answers have one."""
        return get_origin(self._hints["return"]) is Tagged

    @cached_property
    def answer(self) -> Any:
        """What it answers with, as a type; NoneType where that is nothing."""
        returned = self._hints["return"]
        return get_args(returned)[0] if self.has_etag else returned

    @cached_property
    def is_list(self) -> bool:
        """Whether it answers with a page of a list, which is read along an index."""
        return get_origin(self.answer) is Page

    @property
    def id(self) -> str:
        """Its name in the document: that of its function, with its subject."""
        return f"{self.endpoint.__module__.rpartition('.')[2]}_{self.endpoint.__name__}"
