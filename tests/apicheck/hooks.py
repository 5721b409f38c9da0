"""Each request of schemathesis has an Idempotency-Key of its own, where it has one that can be.

It tries `0` again and again, and a key that came with another request before is refused, rightly.
"""

import re
import uuid
from typing import Any

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

from digest.web.api.operation import IDEMPOTENCY_KEY

_HEADER = "Idempotency-Key"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Replace it; but not where a request is made to lack a header, or to have a wrong one."""
    meta = case.meta
    is_made_wrong = meta is not None and meta.generation.mode is GenerationMode.NEGATIVE
    if is_made_wrong and meta.phase.name is TestPhase.COVERAGE:
        return
    key = (case.headers or {}).get(_HEADER)
    if isinstance(key, str) and re.match(IDEMPOTENCY_KEY, key):
        case.headers[_HEADER] = str(uuid.uuid4())
