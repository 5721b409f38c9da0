"""How long commands take to start, in processor time, as ratios to importing what they stand on.

A ratio, since machines differ; the least of several rounds, since others use the machine too. The
bytecode is compiled ahead, as docs/serving.md tells an operator to.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from digest.new_project import create_project

ROUNDS = 15
BASE = ["-c", "import sqlalchemy, pydantic"]
MOST = {"--help": 0.6, "--version": 0.6, "run": 1.6}


def main() -> int:
    """Print the figures; 1 if one is over its bound."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        create_project(root)
        env = _environment(Path(folder) / "bytecode")
        commands = {
            "base": BASE,
            "--help": ["-m", "digest", "--help"],
            "--version": ["-m", "digest", "--version"],
            "run": ["-m", "digest", "run", "--project", str(root)],
        }
        for command in commands.values():
            _seconds(command, env)  # makes the bytecode, the database, and the issue of today
        least = dict.fromkeys(commands, float("inf"))
        for _ in range(ROUNDS):
            for name, command in commands.items():
                least[name] = min(least[name], _seconds(command, env))
    print(f"import sqlalchemy, pydantic: {least['base']:.3f} s of processor time")
    over = 0
    for name, most in MOST.items():
        ratio = least[name] / least["base"]
        over += ratio > most
        print(f"digest {name}: {least[name]:.3f} s, {ratio:.2f} of it (at most {most})")
    return 1 if over else 0


def _environment(bytecode: Path) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("DIGEST_")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env | {"PYTHONPYCACHEPREFIX": str(bytecode)}


def _seconds(command: list[str], env: dict[str, str]) -> float:
    """The processor time of one process and what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
