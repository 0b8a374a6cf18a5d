"""A role with all hours that bear on it, and until when somebody is at work by the hours of his roles. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.content import Hours
from directory.availability import OPEN, Availability, Schedule, availability
from directory.care_records import Role
from directory.hours import closes_at

LONGEST_SHIFT = timedelta(days=7)  # hours that go on for longer have no end worth telling
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Post:
    """A role with its own schedule, that of its site, and those of the services it works for."""

    role: Role
    own: Schedule
    site: Schedule | None = None
    services: Sequence[Schedule] = ()

    def stands(self, now: datetime, center: Hours | None = None) -> Availability:
        """How the role stands at an instant; by the center's hours, if they are given, where no others are stated."""
        return availability(self.role, self.own, now, site=self.site, services=self.services, center=center)

    def stands_until(self, now: datetime) -> datetime:
        """Of a role that is open at `now` without the center's hours: the first instant that may change that."""
        stated = [self.own] if self.own.stated else [each for each in self.services if each.stated]
        hours = max(_closes(schedule, now) for schedule in stated if schedule.at_work(now))
        place = _closes(self.site, now) if self.site is not None and self.site.stated else NEVER
        return min(hours, place, _leaves(self.own, now), self.role.ends or NEVER)


def shift_ends(posts: Sequence[Post], now: datetime) -> datetime | None:
    """Until when somebody with these roles is at work who is so now, by hours that are stated; later than `now`.

    None: no hours say that he is at work now, or they go on for longer than a week. A role without hours says
    nothing. One role that begins where another ends goes on with it.
    """
    end = now
    while end <= now + LONGEST_SHIFT:
        open_now = [post for post in posts if post.stands(end).state == OPEN]
        if not open_now:
            return end if end > now else None
        end = max(post.stands_until(end) for post in open_now)
    return None


def _closes(schedule: Schedule, now: datetime) -> datetime:
    return min(closes_at(schedule.hours, now) or NEVER, _leaves(schedule, now))


def _leaves(schedule: Schedule, now: datetime) -> datetime:
    """When his next absence begins."""
    return min((start for start, _ in schedule.absent if start is not None and start > now), default=NEVER)
