"""What of other people's tools is installed, where it lies, and its version."""

import os
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from json import loads
from pathlib import Path

ROOT = Path(__file__).parents[2]
NODE_MODULES = Path(__file__).parent / "node_modules"


def program(name: str) -> str | None:
    """The path of a program, None where it is not installed."""
    # Debian keeps Postfix's programs where only root's PATH leads.
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def postfix() -> str | None:
    """What of Postfix is missing, None where all is there."""
    lacking = [name for name in ("smtp-sink", "smtp-source") if program(name) is None]
    return f"Postfix's {' and '.join(lacking)} not installed" if lacking else None


def django() -> str | None:
    """Whether Django is missing."""
    return None if _python_package("django") else "Django is not installed"


def nodemailer() -> str | None:
    """Whether Node.js or nodemailer is missing."""
    if program("node") is None:
        return "Node.js is not installed"
    return None if _npm_package("nodemailer") else "nodemailer is not installed"


def versions() -> list[str]:
    """Name and version of each tool that is installed."""
    found = {
        "Postfix": _said("postconf", "-d", "-h", "mail_version"),
        "Django": _python_package("django"),
        "Node.js": _said("node", "--version"),
        "nodemailer": _npm_package("nodemailer"),
    }
    return [f"{name} {number.removeprefix('v')}" for name, number in found.items() if number]


def _python_package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _npm_package(name: str) -> str:
    try:
        return str(loads((NODE_MODULES / name / "package.json").read_text())["version"])
    except FileNotFoundError:
        return ""


def _said(name: str, *args: str) -> str:
    path = program(name)
    if path is None:
        return ""
    done = subprocess.run([path, *args], capture_output=True, text=True, check=False)
    return done.stdout.strip()
