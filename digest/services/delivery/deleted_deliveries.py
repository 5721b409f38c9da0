"""An issue whose deliveries were deleted is over: who got it is not known any more."""

from digest.errors import UsageError
from digest.store.issues import IssueRecord


def refuse_where_deliveries_ended(record: IssueRecord) -> None:
    """A usage error: to send it again would mail people twice (promise 3)."""
    if record.deliveries_ended_at is not None:
        raise UsageError(
            f"who got {record.key} is not on record any more: keep.deliveries is over",
            remedy=f"send the story again in a new issue; {record.key} itself stays as it was sent",
        )
