"""What a token of the API may be used for; each scope asks for a role of the token."""

from enum import StrEnum

from digest.roles import Role


class Scope(StrEnum):
    """`subscribers`, `deliveries` and `suppressions` hold addresses."""

    ISSUES_READ = "issues:read"
    ISSUES_EDIT = "issues:edit"
    ISSUES_APPROVE = "issues:approve"
    STORIES_READ = "stories:read"
    STORIES_EDIT = "stories:edit"
    SOURCES_READ = "sources:read"
    SOURCES_EDIT = "sources:edit"
    KEYWORDS_READ = "keywords:read"
    KEYWORDS_SAVE = "keywords:save"
    TOPICS_READ = "topics:read"
    FIGURES_READ = "figures:read"
    SUBSCRIBERS_READ = "subscribers:read"
    SUBSCRIBERS_EDIT = "subscribers:edit"
    SUBSCRIBERS_ERASE = "subscribers:erase"
    DELIVERIES_READ = "deliveries:read"
    SUPPRESSIONS_READ = "suppressions:read"
    SUPPRESSIONS_EDIT = "suppressions:edit"

    @property
    def role(self) -> Role:
        """The least that a token must be to have it: what the desk asks of a person."""
        verb = self.partition(":")[2]
        roles = {
            "edit": Role.EDITOR,
            "approve": Role.PUBLISHER,
            "save": Role.PUBLISHER,
            "erase": Role.OWNER,
        }
        return roles.get(verb, Role.VIEWER)


# What a token has where nothing else is said: it reads, and sees nobody's address.
WITHOUT_ADDRESSES = frozenset(
    {
        Scope.ISSUES_READ,
        Scope.STORIES_READ,
        Scope.SOURCES_READ,
        Scope.KEYWORDS_READ,
        Scope.TOPICS_READ,
        Scope.FIGURES_READ,
    }
)
