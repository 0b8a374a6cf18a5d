"""Words of danger in texts: answered with what to do, kept on record, and rung back before everybody who waits."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

import alarms
import calls.store
import legs
import switchboard
import texting
from alarms import Written
from callbacks.requests import Kind, Wish
from routing.rows import Overtaken
from telephony.inbound import TextArrived
from tests.scenarios.world import CENTER, JOE, World

pytestmark = [pytest.mark.scenario, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def says(world: World, body: str, sid: str = "SM1") -> str:
    return alarms.text_arrives(TextArrived(sid, JOE, CENTER, body), world.tools)


def rows(world: World, query: str) -> list[tuple[object, ...]]:
    with world.tools.database.reading() as tx:
        return [tuple(row) for row in tx.execute(text(query))]


def test_a_text_about_chest_pain_is_told_to_call_911_and_a_nurse_rings_first_of_all(world: World) -> None:
    answer = says(world, "having CHEST pain since this am")
    assert "Call 911 now" in answer and "Llame al 911 ahora" in answer
    assert says(world, "having CHEST pain since this am") == answer, "the carrier may deliver it twice"
    assert rows(world, "SELECT red_flag, quiet, ended_at IS NULL FROM calls") == [("emergency", 0, 0)]
    assert rows(world, "SELECT count(*) FROM journal WHERE fact = 'red_flag_heard'") == [(1,)]
    ((service, place),) = rows(world, "SELECT service, place_ms FROM callback_requests")
    assert service == "nurse" and int(str(place)) <= world.now_ms() - 86_000_000


def test_a_nurse_rings_also_one_who_is_promised_a_call_on_another_day(world: World) -> None:
    now = world.tools.now()
    begins, ends = now + timedelta(days=3), now + timedelta(days=3, minutes=15)
    wish = Wish("joe", None, (), 1, begins, begins, ends, kind=Kind.WINDOW)
    world.promise("r1", JOE, "therapy", wish)
    says(world, "having chest pain")
    promised = rows(world, "SELECT service, kind FROM callback_requests ORDER BY service")
    assert promised == [("nurse", "place"), ("therapy", "window")]


def test_a_text_whose_rows_somebody_else_holds_is_heard_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard, failures = texting.heard, iter([legs.Outrun(), Overtaken()])

    def outrun_twice(*args: Any) -> Any:
        for failure in failures:
            raise failure
        return heard(*args)

    monkeypatch.setattr(texting, "heard", outrun_twice)
    assert "STOP" in switchboard.hear_text(TextArrived("SM1", JOE, CENTER, "good morning"), world.tools)


def test_ordinary_texts_get_the_usual_answer_and_leave_nothing(world: World) -> None:
    assert says(world, "can I move my appointment to friday") == ""
    assert rows(world, "SELECT count(*) FROM calls") == [(0,)]


def test_a_text_about_abuse_is_answered_like_any_other_and_rings_nobody(world: World) -> None:
    assert says(world, "my husband hits me") == ""
    usual = switchboard.hear_text(TextArrived("SM0", JOE, CENTER, "good morning"), world.tools)
    said = switchboard.hear_text(TextArrived("SM1", JOE, CENTER, "my husband hits me"), world.tools)
    assert said == usual != "", "silence would tell that something was understood"
    assert rows(world, "SELECT red_flag, quiet FROM calls") == [("nurse", 1)]
    assert rows(world, "SELECT count(*) FROM callback_requests") == [(0,)]


def test_what_is_heard_in_a_transcript_marks_the_call_once_and_only_ever_more_urgently(world: World) -> None:
    now = world.tools.now()
    with world.tools.database.transaction() as tx:
        calls.store.open_call(
            tx, call_id="c1", dialled=CENTER, caller_hash=None, caller_sealed=None, language="es", now=now
        )
        for key, said in (("RE1", "no puedo respirar"), ("RE1", "no puedo respirar"), ("RE2", "me caí ayer")):
            alarms.look_at(tx, Written(key, "c1", "transcript", said), world.tools, now + timedelta(seconds=1))
    assert rows(world, "SELECT red_flag FROM calls") == [("emergency",)]
    assert rows(world, "SELECT count(*) FROM journal WHERE fact = 'red_flag_heard'") == [(2,)]
    assert "respirar" not in str(rows(world, "SELECT details FROM journal"))
