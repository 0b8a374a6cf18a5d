"""What supervisors do from their pages: states, waiting calls, levels for a day, services closed by themselves.

Each is one transaction with its outbox and its audit row. A refusal is a sentence for who asked.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import calls.store
import deeds
import directory.store
import duty
import editions
import promising
import routing.store
from calls import audit_store
from calls.store import Entry, Fact
from carrying import carry_out
from refused import Refused
from routing import presence
from routing.needs import Follow, WaitState
from routing.presence import State
from tools import Tools

NOT_WAITING = "This call does not wait any more."
RINGS = "Somebody's phone rings for this call just now. Try again if it is not taken."
PROVED = 2  # from this level on a patient's own clinician is looked for


@dataclass(frozen=True)
class Overseeing:
    """What supervisors do, over one set of tools."""

    tools: Tools

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        minutes: int | None,
        by: str,
        *,
        begins: datetime | None = None,
    ) -> str:
        """Set what a clinician does: ready, away, in_visit or offline; in a talk, after it. "" or why not.

        Ready may begin later: the minutes count from then, and he is away before.
        """
        until = (begins or self.tools.now()) + timedelta(minutes=minutes) if minutes else None
        return carry_out(self.tools, lambda tx: self._presence_set(tx, clinician_id, state, reason, until, begins, by))

    def end_wrap_up(self, clinician_id: str, by: str) -> str:
        """He is ready now, however much time to wrap up is left. "" or why not."""
        return carry_out(self.tools, lambda tx: self._wrap_up_ended(tx, clinician_id, by))

    def hurry(self, call_id: str, seconds: int, by: str) -> str:
        """A waiting caller counts as if he had come so much earlier. "" or why not."""
        return carry_out(self.tools, lambda tx: self._hurried(tx, call_id, seconds, by))

    def move(self, call_id: str, service: str, by: str) -> str:
        """A waiting caller waits for another service, at his place, and hears of it. "" or why not."""
        return carry_out(self.tools, lambda tx: self._moved(tx, call_id, service, by))

    def set_today(self, clinician_id: str, skill: str, level: int | None, by: str) -> str:
        """A clinician's level of a skill until midnight where the center is; None takes it back. "" or why not."""
        return carry_out(self.tools, lambda tx: self._today_set(tx, clinician_id, skill, level, by))

    def close_service(self, service: str, until: datetime | None, by: str) -> str:
        """A service is closed from now until an instant (None: until it is lifted). "" or why not."""
        return carry_out(self.tools, lambda tx: self._service_set(tx, service, "closed", until, by))

    def open_service(self, service: str, by: str) -> str:
        """A service that was closed follows its hours again. "" or why not."""
        return carry_out(self.tools, lambda tx: self._service_set(tx, service, "normal", None, by))

    # --- people

    def _presence_set(
        self,
        tx: Connection,
        clinician_id: str,
        state: str,
        reason: str | None,
        until: datetime | None,
        begins: datetime | None,
        by: str,
    ) -> list[Entry]:
        now = self.tools.now()
        self._works_here(tx, clinician_id)
        if state == State.READY and directory.store.clinician_phone(tx, self.tools.vault, clinician_id, now) is None:
            raise Refused("No phone of his may be rung, so nobody can be sent to him.")
        try:
            wanted = presence.State(state)
            follows = duty.choose(tx, clinician_id, wanted, reason=reason, until=until, now=now, begins=begins)
        except ValueError:
            raise Refused(f"Nobody can be set to {state[:20]}.") from None
        about = {"state": state, "reason": reason or "", **({"from": begins.isoformat()} if begins else {})}
        return self._written(tx, follows, None, by, "set_presence", clinician_id, about)

    def _wrap_up_ended(self, tx: Connection, clinician_id: str, by: str) -> list[Entry]:
        person = routing.store.presence_of(tx, clinician_id)
        if person is None or person.state is not State.WRAPPING_UP:
            raise Refused("He does not wrap up any more.")
        now = self.tools.now()
        follows = routing.store.set_presence(tx, clinician_id, State.READY, reason=None, until=None, now=now)
        return self._written(tx, follows, None, by, "end_wrap_up", clinician_id, {})

    def _today_set(self, tx: Connection, clinician_id: str, skill: str, level: int | None, by: str) -> list[Entry]:
        self._works_here(tx, clinician_id)
        known = {service.skill for service in self.tools.content.services.values()} | set(self.tools.content.skills)
        if skill not in known:
            raise Refused(f"No service asks for that skill. They ask for {', '.join(sorted(known))}.")
        now = self.tools.now()
        if not directory.store.set_today(tx, clinician_id, skill, level, self._midnight(now)):
            raise Refused("It stands so already.")
        follows = routing.store.told_again(tx, [clinician_id])
        about = {"skill": skill, "level": "as usual" if level is None else str(level)}
        return self._written(tx, follows, None, by, "set_today", clinician_id, about)

    def _works_here(self, tx: Connection, clinician_id: str) -> None:
        person = directory.store.clinician(tx, clinician_id)
        if person is None or not person.active:
            raise Refused("Nobody of that name works here.")

    def _midnight(self, now: datetime) -> datetime:
        """The end of the day where the center is."""
        zone = ZoneInfo(self.tools.content.home.zone)
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)

    # --- waiting calls

    def _hurried(self, tx: Connection, call_id: str, seconds: int, by: str) -> list[Entry]:
        follows = routing.store.hurry(tx, call_id, seconds)
        if not follows:
            raise Refused(NOT_WAITING)
        now = self.tools.now()
        key = f"hurried:{follows[0].subject}:{follows[0].version}"
        calls.store.write_journal(tx, [Fact(key, call_id, "hurried", now, None, {"seconds": seconds})])
        return self._written(tx, follows, call_id, by, "hurry", call_id, {"seconds": str(seconds)})

    def _moved(self, tx: Connection, call_id: str, service: str, by: str) -> list[Entry]:
        call, wait = calls.store.call(tx, call_id), routing.store.open_wait_of(tx, call_id)
        if call is None or wait is None:
            raise Refused(NOT_WAITING)
        if wait.kind != "call":
            raise Refused("This is a promised callback. Give it to somebody in the list of work instead.")
        if call["red_flag"]:
            raise Refused("Words of danger were heard in this call: it stays with those who answer them.")
        if wait.state is not WaitState.WAITING:
            raise Refused(RINGS)
        tools = editions.serving(tx, str(call["content"] or ""), self.tools)
        known = tools.content.services.get(service)
        if known is None or service == call["service"]:
            raise Refused("Choose another service than the one he waits for.")
        if call["proxy_id"]:
            scope = directory.store.proxy_scope(tx, call["proxy_id"])
            if known.teen_confidential or (scope and service not in scope):
                raise Refused("He calls for somebody else, and may not speak about that service.")
        now, patient = tools.now(), call["patient_id"] if call["level"] >= PROVED else None
        own, team = directory.store.care(tx, patient, known.skill, now) if patient else (None, ())
        ladder = tools.content.ladders[known.ladder]
        whose = (patient, own.clinician if own else None, tuple(team))
        need = promising.need_of(tx, known, ladder, call["language"], *whose)
        follows = routing.store.move(
            tx,
            call_id=call_id,
            need=replace(need, moved_to=service),
            ladder_name=known.ladder,
            ladder=ladder,
            now=now,
            content=tools.content.version,
        )
        if not follows:
            raise Refused(RINGS)
        calls.store.note_call(tx, call_id, service=service)
        self._told_as_moved(tx, call_id, service, call["language"], need.own, follows[0], now)
        about = {"from": str(call["service"] or ""), "to": service}
        return self._written(tx, follows, call_id, by, "move_call", patient or call_id, about)

    def _told_as_moved(
        self, tx: Connection, call_id: str, service: str, language: str, own: str | None, moved: Follow, now: datetime
    ) -> None:
        """In the journal he leaves one line and joins another, so that both services count him."""
        key = f"{moved.subject}:{moved.version}"
        joined = {"service": service, "language": language, "own": own}
        facts = [
            Fact(f"moved_from:{key}", call_id, "left_line", now, None, {"why": "moved"}),
            Fact(f"moved_to:{key}", call_id, "joined_line", now, None, joined),
        ]
        calls.store.write_journal(tx, facts)

    # --- services

    def _service_set(
        self, tx: Connection, service: str, state: str, until: datetime | None, by: str
    ) -> list[Entry]:
        now = self.tools.now()
        if service not in self.tools.content.services:
            raise Refused("There is no such service.")
        if until is not None and until <= now:
            raise Refused("It must open again at a time to come.")
        if state == "normal" and service not in directory.store.closed_services(tx, now):
            raise Refused("It was open already.")
        directory.store.set_override(tx, state=state, until=until, by=by, now=now, service=service)
        action = "close_service" if state == "closed" else "open_service"
        about = {"service": service, "until": until.isoformat() if until else ""}
        return self._written(tx, [], None, by, action, None, about)

    def _written(
        self,
        tx: Connection,
        follows: list[Follow],
        call_id: str | None,
        by: str,
        action: str,
        subject: str | None,
        details: dict[str, str],
    ) -> list[Entry]:
        now = self.tools.now()
        audit_store.record(tx, actor=by, action=action, subject=subject, details=details, now=now)
        return deeds.outbox(tx, follows, call_id, now)
