"""The tokens of the API by the command line."""

from tests.integration.conftest import Project


def test_a_token_is_printed_once_listed_without_it_and_revoked(project: Project):
    made = project.run("tokens", "add", "site", "--days", "30")
    assert made.stdout.startswith("digest_")
    assert len(made.stdout) == len("digest_") + 43 + 1
    assert "The API is off" in made.stderr
    (token,) = project.json("tokens", "list")["tokens"]
    assert (token["name"], token["role"], token["works"]) == ("site", "viewer", True)
    assert token["scopes"] == [
        "figures:read",
        "issues:read",
        "keywords:read",
        "sources:read",
        "stories:read",
        "topics:read",
    ]
    assert made.stdout.strip() not in project.run("tokens", "list").stdout
    assert project.run("tokens", "revoke", "site").stdout == "site opens nothing any more.\n"
    assert "revoked by" in project.run("tokens", "list").stdout
    again = project.run("tokens", "revoke", "site", status=1)
    assert "Error: the token site was revoked by" in again.stderr


def test_a_token_that_cannot_be_is_refused_with_what_helps(project: Project):
    for options, told in (
        (("Ada's",), "is no name of a token"),
        (("a", "--scopes", "issues:write"), "'issues:write' is no scope"),
        (("a", "--scopes", "issues:edit"), "issues:edit asks for the role editor"),
        (("a", "--days", "900"), "is not a whole number from 1 to 366"),
    ):
        refused = project.run("tokens", "add", *options, status=2)
        assert told in refused.stderr, options
