"""Looks, beside a run that sends an issue, whether somebody paused or stopped it."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DBAPIError

from digest.model import IssueState
from digest.store import issues
from digest.store.database import Database

# Seconds between two looks: after so long every worker has heard of it.
_EVERY = 1.0


class SendingWatch:
    """Whether an issue is to be sent no further, as of the last look; it looks while entered.

    In a thread of its own: a database that is slow must not hold up what is on the wire, and one
    that does not answer says nothing.
    """

    def __init__(self, database: Database, issue_id: int) -> None:
        self.is_off = False
        self._database = database
        self._issue_id = issue_id
        self._over = Event()
        self._thread = Thread(target=self._look_on, name="sending-watch", daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self.is_off and not self._over.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        try:
            with self._database.read() as connection:
                state = issues.sending_state(connection, self._issue_id)
        except DBAPIError:
            return
        self.is_off = state in (IssueState.PAUSED, IssueState.STOPPED)
