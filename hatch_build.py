"""Puts into a wheel or a source archive from which commit it was built, for `digest --version`."""

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CommitHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the file digest/COMMIT; where there is no checkout, or it is there already, nothing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before anything is packed; an editable install asks its checkout itself."""
        package = Path(self.root, "digest")
        commit = runpy.run_path(str(package / "version.py"))["commit"]()
        if version == "editable" or commit is None or (package / "COMMIT").exists():
            return
        with tempfile.NamedTemporaryFile("w", suffix="-COMMIT", delete=False) as file:
            file.write(f"{commit}\n")
        self._file = Path(file.name)
        build_data["force_include"][file.name] = "digest/COMMIT"

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """After it is packed."""
        if hasattr(self, "_file"):
            self._file.unlink()
