"""An opened project: what services and faces are handed."""

from dataclasses import dataclass
from datetime import date

from digest.clock import Clock, local_date
from digest.config import Config
from digest.jobs.queue import NO_QUEUE, JobQueue
from digest.model import Newsletter
from digest.render.links import Links
from digest.store.database import Database


@dataclass(frozen=True, slots=True)
class Project:
    """The settings, the database, the clock and the links of one project folder.

    `clock` gives now as aware UTC: the machine's time, or that of a rehearsal (DIGEST_NOW).
    `jobs` is where work waits for other processes, where there are such.
    """

    config: Config
    database: Database
    clock: Clock
    links: Links
    jobs: JobQueue = NO_QUEUE

    def today(self, newsletter: Newsletter) -> date:
        """The date in the newsletter's zone."""
        return local_date(self.clock(), newsletter.zone)

    def latest_today(self) -> date:
        """The latest date that it is for a newsletter; stories of a later one are held."""
        newsletters = self.config.settings.newsletters
        return max(map(self.today, newsletters), default=self.clock().date())
