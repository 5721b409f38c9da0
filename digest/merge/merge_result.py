"""What a round of merging came to."""

from dataclasses import dataclass, field
from typing import Self


@dataclass(slots=True)
class MergeResult:
    """What merging came to: stories that are new, told anew, or bring news of a sealed one.

    `touched` are the ids of all of them.
    """

    new: int = 0
    changed: int = 0
    updates: int = 0
    touched: list[int] = field(default_factory=list)

    def __iadd__(self, other: "MergeResult") -> Self:
        """Together with another round of merging."""
        self.new += other.new
        self.changed += other.changed
        self.updates += other.updates
        self.touched += other.touched
        return self
