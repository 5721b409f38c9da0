"""What turns values into JSON and back, each made when it is first used: that takes time."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


class _Adapters(dict[type[Any], TypeAdapter[Any]]):
    def __missing__(self, kind: type[Any]) -> TypeAdapter[Any]:
        self[kind] = adapter = TypeAdapter(kind)
        return adapter


_adapters = _Adapters()


def read_value(kind: type[T], content: object) -> T:
    """The value that JSON of the store stands for."""
    value: T = _adapters[kind].validate_python(content)
    return value


def json_value(kind: type[T], value: T) -> Any:
    """The value as JSON for the store."""
    return _adapters[kind].dump_python(value, mode="json")


def read_text(kind: type[T], text: bytes) -> T:
    """The value that the text of a JSON document stands for; pydantic's ValidationError."""
    value: T = _adapters[kind].validate_json(text)
    return value


def json_text(kind: type[T], value: T) -> bytes:
    """The value as the text of a JSON document."""
    return _adapters[kind].dump_json(value)
