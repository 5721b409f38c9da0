"""A request that may come twice is answered once: Idempotency-Key of the API.

The key is taken before the request is done and its answer kept after it. A process that dies in
between leaves a key without an answer, which may be taken again a minute later.
"""

from datetime import timedelta
from enum import StrEnum

from digest.project import Project
from digest.store import api_answers
from digest.store.api_answers import ApiAnswer
from digest.store.database import exclusively

# Longer than any request takes.
_UNDER_WAY = timedelta(minutes=1)


class KeyRefusal(StrEnum):
    """Why a request with a key is not answered."""

    OTHER_REQUEST = "other request"
    UNDER_WAY = "under way"


def take_key(
    project: Project, token_id: int, key: str, request_hash: str
) -> ApiAnswer | KeyRefusal | None:
    """The answer that the request with a key had, or why there is none; None: it is to be done."""
    now = project.clock()
    with project.database.write() as connection:
        exclusively(connection)
        earlier = api_answers.find(connection, token_id, key)
        if earlier is not None and earlier.request_hash != request_hash:
            return KeyRefusal.OTHER_REQUEST
        if earlier is not None and earlier.status is not None:
            return earlier
        if earlier is not None and now - earlier.created_at < _UNDER_WAY:
            return KeyRefusal.UNDER_WAY
        api_answers.drop(connection, token_id, key)
        api_answers.begin(connection, token_id, key, request_hash, now)
    return None


def keep_answer(project: Project, token_id: int, key: str, answer: ApiAnswer | None) -> None:
    """Keep what a request with a key was answered; None gives the key free: nothing was done."""
    with project.database.write() as connection:
        if answer is None or answer.status is None:
            api_answers.drop(connection, token_id, key)
        else:
            api_answers.keep(connection, token_id, key, answer.status, answer.headers, answer.body)
