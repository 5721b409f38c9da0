"""The process: runs the command line and turns an error into a message and an exit status."""

import atexit
import gc
import os
import sys


def main() -> None:
    """Run `digest`.

    Exit status: 0 done, 1 something failed, 2 wrong usage or settings; 130 or 143 where a second
    SIGINT or SIGTERM ended it in the middle.
    """
    # Each process that reads feeds loads this module again, and needs nothing of these.
    from digest import log
    from digest.cli.commands import app
    from digest.cli.output import fail
    from digest.errors import DigestError

    # What a start makes stays, so there is little to find in it: looking it over for garbage
    # every 700 objects, as Python does, and once more at the end, takes 0.3 of a short command.
    gc.set_threshold(30_000)
    atexit.register(gc.freeze)
    # We use no plugin of pydantic's, and it would look for one in every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.excepthook = log.tell_unhandled
    try:
        app(prog_name="digest")
    except DigestError as error:
        sys.exit(fail(error))
    except Exception as error:
        from digest.faults import fault_of

        fault = fault_of(error)
        if fault is None:
            raise
        sys.exit(fail(fault))


if __name__ == "__main__":
    main()
