"""Prints the licences of an SBOM (CycloneDX), each with its components; 1 where one has none.

python -m tests.licences build/sbom.json
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any


def licence_of(component: dict[str, Any]) -> str:
    """As SPDX writes it where the component does, else in its own words; empty if it says none."""
    said = [
        entry.get("expression") or entry["license"].get("id") or entry["license"].get("name", "")
        for entry in component.get("licenses", [])
    ]
    short = [name for name in said if "::" not in name]
    return next(iter(short or said), "").rpartition(" :: ")[2]


def main() -> int:
    """Read the file that is named, and print."""
    components = json.loads(Path(sys.argv[1]).read_text("utf-8"))["components"]
    by_licence: dict[str, list[str]] = defaultdict(list)
    for component in components:
        by_licence[licence_of(component)].append(f"{component['name']} {component['version']}")
    for licence, names in sorted(by_licence.items()):
        print(f"{licence or 'NO LICENCE'}: {', '.join(names)}")
    return 1 if "" in by_licence else 0


if __name__ == "__main__":
    sys.exit(main())
