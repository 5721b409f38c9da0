"""Parts that many public pages have in common, kept for some seconds as they were made."""

import time
from collections.abc import Callable
from typing import Final

from markupsafe import Markup

# More are not worth the memory: all are forgotten then.
_MOST: Final = 2000


class PageParts:
    """For templates: `{% call site.parts.kept("foot", letter.id, language) %}...{% endcall %}`.

    Threads may share it: at worst two of them make the same part.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until = 0.0
        self._parts: dict[tuple[object, ...], Markup] = {}

    def kept(self, *key: object, caller: Callable[[], Markup]) -> Markup:
        """The part of this key; `caller` makes it where it is not kept, or has been for long."""
        now = self._clock()
        if now >= self._until or len(self._parts) >= _MOST:
            self._until, self._parts = now + self._seconds, {}
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = caller()
        return part
