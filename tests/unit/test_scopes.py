"""What a token may be used for, and what it must be for that."""

from digest.roles import Role
from digest.scopes import WITHOUT_ADDRESSES, Scope


def test_a_scope_asks_for_the_role_that_the_desk_asks_for():
    assert {str(scope): str(scope.role) for scope in Scope if scope.role is not Role.VIEWER} == {
        "issues:edit": "editor",
        "issues:approve": "publisher",
        "stories:edit": "editor",
        "sources:edit": "editor",
        "keywords:save": "publisher",
        "subscribers:edit": "editor",
        "subscribers:erase": "owner",
        "suppressions:edit": "editor",
    }


def test_what_a_token_has_by_itself_reads_and_shows_no_address():
    assert all(scope.endswith(":read") for scope in WITHOUT_ADDRESSES)
    with_addresses = {"subscribers", "deliveries", "suppressions"}
    assert not with_addresses & {scope.partition(":")[0] for scope in WITHOUT_ADDRESSES}
