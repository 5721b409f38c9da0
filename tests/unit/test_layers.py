"""Who may begin a transaction, and where the rules stand: what imports alone do not show."""

import ast
from collections.abc import Iterator
from pathlib import Path

DIGEST = Path(__file__).parents[2] / "digest"


def nodes(package: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a package's code, with the place where it stands."""
    files = sorted((DIGEST / package).rglob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            yield f"{file.relative_to(DIGEST)}:{getattr(node, 'lineno', 0)}", node


def transactions(package: str) -> list[str]:
    """Where `something.write()` or `something.rehearsal()` is entered."""
    return [
        place
        for place, node in nodes(package)
        if isinstance(node, ast.With | ast.AsyncWith)
        for item in node.items
        if isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr in ("write", "rehearsal")
    ]


def test_the_faces_change_nothing_themselves_but_call_services():
    assert transactions("cli") == []
    assert transactions("web") == []


def test_the_store_takes_open_transactions():
    assert transactions("store") == []


def test_the_services_are_where_transactions_begin():
    assert transactions("services")


def test_the_store_keeps_reasons_and_decides_on_none():
    reasons = [
        f"{place}: {node.attr}"
        for place, node in nodes("store")
        if isinstance(node, ast.Attribute)
        and (node.attr == "is_own_wish" or ast.unparse(node.value) == "SuppressionReason")
    ]
    assert reasons == []
