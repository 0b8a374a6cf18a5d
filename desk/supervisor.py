"""The supervisor's pages: the center as it is now, and the story of one call."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from callbacks import ledger_store
from calls import alarms_store, audit_store, notes_store
from calls.alarms_store import open_alarms
from calls.figures import Switches
from calls.store import story as journal_of
from calls.work import BY_HAND
from config.outcomes import label_of
from desk import boards, csrf, guards, lists, looking, store, story, stream, words, working
from desk.acting import CLOSED_FOR, HEAD_STARTS
from desk.boards import Board, BoardRows
from desk.counting import Today
from desk.decisions import decisions, lacking
from desk.history import targets_of
from desk.looking import Look, actor_of
from desk.mine import PROVED, sureness
from desk.moments import moment
from desk.noted import noted
from desk.notices import Notice, beside_the_live_part, notices
from desk.rows import CallRow
from desk.sessions import Claims
from desk.sharing import Reading, Shared
from desk.story import FactRow, Names
from desk.tools import Tools, tools
from desk.words import Moment
from directory.hours import next_opening
from directory.store import closed_services, open_state
from routing import explain_store

supervisor = Blueprint("supervisor", __name__)
HOURS_STATES = ("open", "closed", "normal", "close_now")
HOURS_MINUTES = (60, 240, 720)
CLOSES = {"closed": "Force closed", "close_now": "Close for today"}


@supervisor.get("/board")
@guards.only_for("supervisor")
def board() -> str:
    """The whole board."""
    return _render("desk/board.html", tools(), guards.me().id, notices())


@supervisor.get("/board/stream")
@guards.only_for("supervisor")
def live() -> Response:
    """The board's live part, again and again."""
    return stream.live(_drawing(guards.signed_in()), render_template("desk/_ended.html"))


@supervisor.post("/board/hours")
@guards.only_for("supervisor")
def set_hours() -> AnyResponse | str:
    """Force the center open or closed for a while, or let it follow its hours again. Closing is asked once more."""
    state, minutes = request.form.get("state", ""), request.form.get("minutes", "")
    if state not in HOURS_STATES or minutes not in ("", *map(str, HOURS_MINUTES)):
        abort(400)
    if state in CLOSES and request.form.get("sure") != "yes":
        return _asked_first(url_for("supervisor.closing", state=state, minutes=minutes or None))
    tools().act.set_hours("closed" if state in CLOSES else state, _until(state, minutes), guards.me().login)
    return _changed()


@supervisor.get("/board/closing")
@guards.only_for("supervisor")
def closing() -> str:
    """Whether the center shall really be closed: until when, and what becomes of whoever waits."""
    state, minutes = request.args.get("state", ""), request.args.get("minutes", "")
    if state not in CLOSES or minutes not in ("", *map(str, HOURS_MINUTES)):
        abort(400)
    until, now = _until(state, minutes), moment(tools())
    with tools().database.reading() as tx:
        waiting = len(boards.held_now(store.open_waits(tx)))
    return render_template(
        "desk/closing.html",
        does=CLOSES[state],
        state=state,
        minutes=minutes,
        until=f"until {now.when(until)}" if until else "until somebody lifts it",
        waiting=waiting,
        place="/board",
    )


def _until(state: str, minutes: str) -> datetime | None:
    """When a forced state ends by itself; None: when somebody lifts it."""
    now = tools().clock.now()
    if state == "close_now":
        with tools().database.reading() as tx:
            return next_opening(store.kept_hours(tx, tools().content, now), now)
    return now + timedelta(minutes=int(minutes)) if minutes and state != "normal" else None


def _asked_first(page: str) -> AnyResponse:
    """The browser goes to a page that asks, whether the form or a script has sent the request."""
    if "HX-Request" in request.headers:
        return Response(status=204, headers={"HX-Redirect": page})
    return redirect(page, 303)


@supervisor.post("/board/owed/<item_id>/<what>")
@guards.only_for("supervisor")
def do_work(item_id: str, what: str) -> AnyResponse | str:
    """Something owed to a patient is taken on, put off or dealt with, whoever owns it."""
    if not working.is_owed(tools(), item_id):
        abort(404)
    working.perform(tools(), guards.me(), item_id, what, by=guards.me().id)
    return _changed()


@supervisor.get("/board/messages/<message_id>/sound")
@guards.only_for("supervisor")
def message_sound(message_id: str) -> Response:
    """Any message."""
    return working.sound_of(tools(), guards.me(), message_id, None)


@supervisor.post("/board/alarms/<int:alarm_id>/seen")
@guards.only_for("supervisor")
def acknowledge(alarm_id: int) -> AnyResponse | str:
    """An alarm is seen by somebody; it stays until it is over."""
    me, now = guards.me(), tools().clock.now()
    with tools().database.transaction() as tx:
        seen = alarms_store.acknowledge(tx, alarm_id, me.login, now)
        if seen:
            audit_store.record(
                tx, actor=actor_of(me), action="alarm_seen", subject=None, details={"alarm": alarm_id}, now=now
            )
    return _changed()


@supervisor.get("/calls/<call_id>")
@guards.only_for("supervisor")
def one_call(call_id: str) -> str:
    """One call's story, in plain sentences; the look at it is recorded first."""
    with tools().database.reading() as tx:
        row = store.one_call(tx, call_id)
        if row is None:
            abort(404)
        talks = store.talk_under_way(tx, call_id) is not None
        waits = store.wait_state(tx, call_id)
        facts = [FactRow(fact.at, fact.fact, fact.details) for fact in journal_of(tx, call_id)]
        people = store.names(tx)
        offers = store.clinicians_of_offers(tx, call_id)
        notes, said = notes_store.of_call(tx, call_id), notes_store.words(tx)
        decided = explain_store.decided(tx, call_id, lacking(tools().content))
    looks = [Look("saw_call", row.patient_id or row.id, row.id)]
    looks += [Look("saw_note", note.patient_id or row.id, row.id) for note in notes if note.note_sealed]
    looking.note(tools(), guards.me(), looks)
    now, content = moment(tools()), tools().content
    labels = {note.outcome: label_of(content, note.service, note.outcome, said) for note in notes}
    names = Names(people, offers, labels)
    return render_template(
        "desk/call.html",
        call=lists.call_line(row, now),
        about=_about(row, now),
        talks=talks,
        waits=waits,
        service=row.service,
        services=tuple(content.services),
        head_starts=HEAD_STARTS,
        notices=notices(),
        lines=story.story(facts, names, now),
        decisions=decisions(decided, people, now),
        notes=noted(notes, people, content, said, tools().vault.open, now),
    )


def _about(row: CallRow, now: Moment) -> tuple[tuple[str, str], ...]:
    ended = words.span(words.seconds_between(row.arrived_at, row.ended_at or now.now))
    return (
        ("Arrived", now.when(row.arrived_at)),
        ("Lasted" if row.ended_at else "Has lasted", ended),
        ("Asked for", words.plain(row.service) or "nothing yet"),
        ("Language", words.language(row.language)),
        ("Caller", sureness(row.level) if row.level >= PROVED else "Not verified"),
    )


def _changed() -> AnyResponse | str:
    stream.tell_others()
    if "HX-Request" in request.headers:
        return _render("desk/_board.html", tools(), guards.me().id) + beside_the_live_part()
    return redirect(url_for("supervisor.board"), 303)


def _drawing(claims: Claims) -> stream.Draw:
    """Draws the live part while this sign-in counts. Boards that show the same in a wave are drawn once, but for the
    token with which each one's own buttons work."""
    with_tools, token = tools(), csrf.generate_csrf()
    drawn: Shared[str] = current_app.extensions["desk_drawn"]

    def draw(since: float) -> str | None:
        person = guards.still_in_wave(with_tools, claims, since)
        if person is None or "supervisor" not in person.roles:
            return None
        rows = _shared_rows(with_tools, since)
        viewer = person.id if rows.found.claimed_by(person.id) else ""
        fragment = drawn.made_of(rows, viewer, since, lambda: _drawn(with_tools, rows.found, viewer))
        return fragment.replace(csrf.PLACE, token)

    return draw


def _drawn(with_tools: Tools, rows: BoardRows, viewer: str) -> str:
    board = boards.board(replace(rows, viewer=viewer), moment(with_tools))
    return render_template("desk/_board.html", **_shown(board), csrf_token=lambda: csrf.PLACE)


def _render(template: str, with_tools: Tools, viewer: str, told: Sequence[Notice] = ()) -> str:
    rows = board_rows(with_tools)
    board = boards.board(replace(rows, viewer=viewer), moment(with_tools))
    return render_template(template, **_shown(board, told))


def _shown(board: Board, told: Sequence[Notice] = ()) -> dict[str, Any]:
    return {
        "board": board,
        "hours_minutes": HOURS_MINUTES,
        "closed_for": CLOSED_FOR,
        "notices": told,
        "outcomes": BY_HAND,
        "snoozes": working.SNOOZES,
    }


def board_rows(with_tools: Tools) -> BoardRows:
    """What the board is made of, as it is now."""
    return _shared_rows(with_tools, monotonic()).found


def _shared_rows(with_tools: Tools, since: float) -> Reading[BoardRows]:
    today: Today = current_app.extensions["desk_today"]
    rows: Shared[BoardRows] = current_app.extensions["desk_board"]
    how = Switches(targets=tuple(targets_of(with_tools).items()))
    return rows.reading("", since, lambda: _rows(with_tools, moment(with_tools), today, how))


def _rows(with_tools: Tools, at: Moment, today: Today, how: Switches) -> BoardRows:
    """What every board shows, whoever looks at it."""
    with with_tools.database.reading() as tx:
        alarms = open_alarms(tx)
        return BoardRows(
            staff=store.clinicians(tx),
            waits=store.open_waits(tx),
            calls=store.recent_calls(tx),
            callbacks=store.open_callbacks(tx),
            work=store.owed(tx, at.now),
            viewer="",
            today=today.day(words.start_of_day(at.now, at.zone), at.now, how, partial(store.counted_entries, tx)),
            alarms=alarms,
            helps=store.helps(tx, alarms),
            level=how,
            center=open_state(tx, store.kept_hours(tx, with_tools.content, at.now), at.now),
            skills={key: service.skill for key, service in with_tools.content.services.items()},
            closed=closed_services(tx, at.now),
            override=store.override(tx, at.now),
            pressing=len(ledger_store.pressing(tx, at.now)),
        )
