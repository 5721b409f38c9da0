"""What the people who look after a newsletter may do; each role may what those before it may."""

from enum import StrEnum


class Role(StrEnum):
    """In their order."""

    VIEWER = "viewer"  # sees
    EDITOR = "editor"  # edits, sends tests
    PUBLISHER = "publisher"  # approves, holds, stops
    OWNER = "owner"  # accounts, settings, erasure

    def includes(self, asked: "Role") -> bool:
        """Whether whoever has this role may do what another one is asked for."""
        order = list(Role)
        return order.index(self) >= order.index(asked)
