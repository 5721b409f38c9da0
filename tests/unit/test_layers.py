"""Who may begin a transaction, and where the rules stand: what imports alone do not show."""

import ast
from collections.abc import Iterator

from tests.paths import ROOT

DIGEST = ROOT / "digest"


def nodes(package: str) -> Iterator[tuple[str, ast.AST]]:
    """Every node of a package's code, with the place where it stands."""
    files = sorted((DIGEST / package).rglob("*.py"))
    assert files
    for file in files:
        name = file.relative_to(DIGEST)
        for node in ast.walk(ast.parse(file.read_text())):
            yield f"{name}:{getattr(node, 'lineno', 0)}", node


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
    assert transactions("mcp") == []


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


def is_for_types(test: ast.expr) -> bool:
    """Whether an assertion tells the type checker what a value is, and no more."""
    return (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)) or (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Name)
        and test.func.id == "isinstance"
    )


def test_no_assertion_guards_anything_as_python_may_leave_them_out():
    assertions = [(place, node) for place, node in nodes("") if isinstance(node, ast.Assert)]
    assert assertions
    assert [place for place, node in assertions if not is_for_types(node.test)] == []


# The two kinds of columns that all tables have.
FOR_MIGRATIONS = {"digest.store.schema.Instant", "digest.store.schema.Key"}


def test_a_migration_does_the_same_for_ever_as_it_calls_nothing_that_changes():
    called = [
        f"{place}: {name}"
        for place, node in nodes("store/migrations/versions")
        for name in imported(node)
        if name.split(".")[0] in ("digest", "") and name not in FOR_MIGRATIONS
    ]
    assert called == []


def imported(node: ast.AST) -> list[str]:
    """What an import brings in; of one from the package itself the first part is empty."""
    if isinstance(node, ast.ImportFrom):
        module = "" if node.level else node.module
        return [f"{module}.{alias.name}" for alias in node.names]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
