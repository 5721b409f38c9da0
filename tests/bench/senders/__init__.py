"""The clients that are measured, each a process of its own that is kept from round to round.

It is given an order a line of its standard input, and answers each with a line:

    {"port": 2525, "connections": 8, "messages": 500, ...}  ->  {"messages", "seconds", "bytes"}

`seconds` are those of the sending alone, from before the first connection is opened until the last
reply is there; `bytes` are those of one message. It exits when its input ends.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, NotRequired, TypedDict

Order = dict[str, Any]


class Answer(TypedDict):
    """What an order came to."""

    messages: int
    seconds: float
    bytes: int
    processor: NotRequired[float]


def serve(work: Callable[[Order], Answer]) -> None:
    """Carry out orders until there are no more."""
    for line in sys.stdin:
        print(json.dumps(work(json.loads(line))), flush=True)
