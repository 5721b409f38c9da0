"""What an error means that came from outside the program, as an error with its remedy."""

import sys

from digest.error_words import causes_of, words_of
from digest.errors import DigestError


def fault_of(error: Exception) -> DigestError | None:
    """What a person is to be told of an error; None where the fault is the program's."""
    for cause in causes_of(error):
        if isinstance(cause, DigestError):
            return cause
        fault = _of_database(cause)
        if fault is not None:
            return fault
        if isinstance(cause, OSError):
            where = f"{cause.filename}: " if cause.filename else ""
            return DigestError(
                f"{where}{words_of(cause)}",
                remedy="mend what it names; the disk's room, its permissions, the network",
            )
    return None


def _of_database(error: BaseException) -> DigestError | None:
    if "sqlalchemy" not in sys.modules:
        return None
    from sqlalchemy.exc import InternalError, OperationalError

    from digest.store.database import in_words

    return in_words(error) if isinstance(error, OperationalError | InternalError) else None
