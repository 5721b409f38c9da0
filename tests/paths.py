"""Where things lie, for tests that may lie anywhere."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
SEEDS = ROOT / "seeds"
