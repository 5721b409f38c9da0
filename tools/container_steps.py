"""Run the steps of deploy/Containerfile in a Debian in a folder, where no image can be built.

    debootstrap --variant=minbase --include=python3,python3-pip,python3-venv trixie ROOT
    python -m tools.container_steps ROOT

Each RUN is a command in ROOT (by chroot, as root), each COPY a copy from this checkout. The second
stage goes on in a copy of ROOT without what the first one left, but for what it takes from there.
Then `digest demo` runs there as the image's user, and what the image adds to its base is printed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent


def instructions(containerfile: str) -> list[tuple[str, str]]:
    """The instructions in their order, each with its words; continued lines are joined."""
    text = re.sub(r"^#.*\n", "", containerfile, flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines if line.strip()]


class Stage:
    """One stage, in a root of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workdir = "/"
        self.user = "0:0"
        # Debian lets pip install into a venv alone; the image of Python has no such rule.
        self.env = {
            "PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin",
            "PIP_BREAK_SYSTEM_PACKAGES": "1",
        }

    def inside(self, path: str) -> Path:
        """A path of the image on this machine."""
        return self.root / (Path(self.workdir) / path).relative_to("/")

    def run(self, *command: str) -> str:
        """Run a command in it; what it printed."""
        network = {k: v for k, v in os.environ.items() if re.search("(?i)_proxy$|_cert|_index", k)}
        shell = f"cd {shlex.quote(self.workdir)} && exec {shlex.join(command)}"
        words = ["chroot", f"--userspec={self.user}", str(self.root), "/bin/sh", "-c", shell]
        done = subprocess.run(
            words, env={**network, **self.env}, check=True, capture_output=True, text=True
        )
        return done.stdout

    def copy(self, words: str, earlier: "Stage | None") -> None:
        """Copy from the checkout, or from the stage before."""
        *options, rest = words.partition(" ") if words.startswith("--from") else ("", "", words)
        *sources, target = rest.split()
        for source in sources:
            base = earlier.inside(source) if options[0] and earlier else CHECKOUT / source
            place = self.inside(target)
            if base.is_dir():
                ignore = (
                    shutil.ignore_patterns()
                    if options[0]
                    else shutil.ignore_patterns("__pycache__")
                )
                shutil.copytree(base, place, symlinks=True, dirs_exist_ok=True, ignore=ignore)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(base, place)


def main() -> None:
    """Build, try it, and say how large it is."""
    base = Path(sys.argv[1]).resolve()
    stages: list[Stage] = []
    for word, rest in instructions((CHECKOUT / "deploy" / "Containerfile").read_text()):
        print(word, rest[:90], flush=True)
        if word == "FROM":
            root = base.with_name(f"{base.name}-{len(stages)}")
            subprocess.run(["cp", "--archive", "--reflink=auto", base, root], check=True)
            stages.append(Stage(root))
            continue
        stage = stages[-1]
        match word:
            case "ENV":
                for name, value in (pair.split("=", 1) for pair in shlex.split(rest)):
                    stage.env[name] = value.replace("$PATH", stage.env["PATH"])
            case "WORKDIR":
                stage.workdir = rest
                stage.inside(".").mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = rest
            case "COPY":
                stage.copy(rest, stages[-2] if len(stages) > 1 else None)
            case "RUN":
                stage.run("/bin/sh", "-c", rest)
            case "ENTRYPOINT":
                (program,) = json.loads(rest)
    print(stages[-1].run(program, "demo", "/tmp/demo"))  # noqa: S108 - in the image
    added = stages[-1].inside("/opt")
    plain = subprocess.run(["du", "-sm", added], check=True, capture_output=True, text=True)
    packed = subprocess.run(["tar", "-cz", "-C", added, "."], check=True, capture_output=True)
    print(f"added to the base: {plain.stdout.split()[0]} MB, packed {len(packed.stdout) // 10**6}")


if __name__ == "__main__":
    main()
