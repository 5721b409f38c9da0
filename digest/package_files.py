"""Where the files that come with the software are: in the wheel, or beside it in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """The folder `templates`, `config` or `seeds` that this version carries."""
    carried = _PACKAGE / "data" / name
    return carried if carried.is_dir() else _PACKAGE.parent / name
