"""A site with two newsletters and some subscribers, for the tests of what they can do there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from digest.model import Subscription
from digest.pipeline import Pipeline
from digest.store import preferences, subscribers, suppressions, unsubscribes
from digest.store.preferences import StoredSubscriber
from digest.store.schema import metadata
from digest.web.app import make_app
from tests.pipelines import open_pipeline

HOME = "http://localhost:8000"
ADA, BEN = "ada@example.org", "ben@example.org"
CONFIG = """
[[newsletters]]
id = "daily"
name = "Daily"
sender = "Daily <daily@example.org>"
postal_address = "1 Example Street"

[[newsletters]]
id = "weekly"
name = "Weekly"
sender = "Weekly <weekly@example.org>"
postal_address = "1 Example Street"
days = ["mon", "thu"]
timezone = "Europe/Berlin"
"""
TOPICS = """
[[topics]]
id = "science"
title = "Science"

[[topics]]
id = "space"
title = "Space"
parent = "science"

[[topics]]
id = "medicine"
title = "Medicine"
parent = "science"

[[topics]]
id = "culture"
title = "Culture"
"""


@dataclass(frozen=True)
class Subscribers:
    """The site, as a browser and as its database see it."""

    pipeline: Pipeline
    browser: TestClient

    def subscribe(self, email: str = ADA, newsletter: str = "daily", **more: Any) -> int:
        """A subscriber more; the number."""
        with self.pipeline.project.database.write() as connection:
            batch = [Subscription(email, **more)]
            given = frozenset({"topics", "timezone", "hour", "paused_until"})
            subscribers.put_all(
                connection, newsletter, batch, self.pipeline.project.clock(), given=given
            )
            number = subscribers.find_id(connection, email)
        assert number is not None
        return number

    def preferences(self, number: int, newsletter: str = "daily") -> str:
        """The path of the subscriber's page."""
        return self.pipeline.project.links.preferences(newsletter, number).removeprefix(HOME)

    def unsubscribe(self, number: int, newsletter: str = "daily") -> str:
        """The path of the link to leave."""
        return self.pipeline.project.links.unsubscribe(newsletter, number).removeprefix(HOME)

    def address(self, change: int) -> str:
        """The path of the link that goes to a new address."""
        return self.pipeline.project.links.confirm_address(change).removeprefix(HOME)

    def get(self, path: str) -> Any:
        """What a browser is shown."""
        return self.browser.get(path)

    def post(self, path: str, /, **form: Any) -> Any:
        """What a browser is answered, redirects not followed."""
        return self.browser.post(path, data=form)

    def gets(self, email: str = ADA) -> dict[str, Subscription]:
        """The subscriptions of an address."""
        with self.pipeline.project.database.read() as connection:
            number = subscribers.find_id(connection, email)
            subscriber = None if number is None else preferences.find(connection, number)
            return preferences.subscriptions_of(connection, subscriber) if subscriber else {}

    def subscriber(self, number: int) -> StoredSubscriber | None:
        """The subscriber with this number."""
        with self.pipeline.project.database.read() as connection:
            return preferences.find(connection, number)

    def left(self, number: int) -> dict[str, unsubscribes.Unsubscribed]:
        """What a subscriber left."""
        with self.pipeline.project.database.read() as connection:
            return {
                each.newsletter: each for each in unsubscribes.of_subscriber(connection, number)
            }

    def reason(self, email: str = ADA) -> str | None:
        """Why an address gets nothing."""
        with self.pipeline.project.database.read() as connection:
            return suppressions.reason_for(connection, email)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self.pipeline.project.database.read() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything in the database."""
        with self.pipeline.project.database.read() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
                for table in metadata.sorted_tables
            }


@contextmanager
def open_subscribers(folder: Path, url: str) -> Iterator[Subscribers]:
    """The site of a project in a folder, over the database at `url`."""
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "digest.toml").write_text(CONFIG)
    (folder / "config" / "topics.toml").write_text(TOPICS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGEST_DATABASE_URL", url)
        patch.setenv("DIGEST_NOW", "2026-11-21T12:00:00Z")
        patch.setenv("DIGEST_SECRET_KEY", "the key of the tests, long enough")
        with open_pipeline(folder) as pipeline:
            yield Subscribers(
                pipeline, TestClient(make_app(pipeline), base_url=HOME, follow_redirects=False)
            )
