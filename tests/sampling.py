"""How much of a large matrix is run: a sample by `make test`, all of it by `make test-all`.

The sample is the same for the same SEED, which `make` prints. `pytest` alone
takes the same samples, and asks both databases the same.
"""

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

import pytest

T = TypeVar("T")

WHOLE = os.environ.get("TESTS") == "all"
SAMPLED = os.environ.get("TESTS") == "sample"
SEED = int(os.environ.get("SEED") or 1)

# What is dear, and of which a part is tested elsewhere.
whole = pytest.mark.skipif(not WHOLE, reason="make test-all runs it")


def sample(values: Sequence[T], count: int) -> list[T]:
    """So many of the values, or all of them."""
    return list(values) if WHOLE else Random(SEED).sample(values, count)


def examples(count: int) -> int:
    """How many examples of a property are drawn, where so many are wanted in all."""
    return count if WHOLE else count // 10
