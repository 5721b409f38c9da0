"""The version of this software."""

from importlib.metadata import version


def software_version() -> str:
    """As its package has it."""
    return version("newsletter-digest")
