"""The process: runs the command line and turns an error into a message and an exit status."""

import sys


def main() -> None:
    """Run `digest`.

    Exit status: 0 done, 1 something failed, 2 wrong usage or settings; 130 or 143 where a second
    SIGINT or SIGTERM ended it in the middle.
    """
    # Each process that reads feeds loads this module again, and needs nothing of these.
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    from digest import log  # noqa: PLC0415
    from digest.cli import app  # noqa: PLC0415
    from digest.cli.output import fail  # noqa: PLC0415
    from digest.errors import DigestError  # noqa: PLC0415
    from digest.store.database import in_words  # noqa: PLC0415

    sys.excepthook = log.tell_unhandled
    try:
        app(prog_name="digest")
    except DigestError as error:
        sys.exit(fail(error))
    except OperationalError as error:
        told = in_words(error)
        if told is None:
            raise
        sys.exit(fail(told))


if __name__ == "__main__":
    main()
