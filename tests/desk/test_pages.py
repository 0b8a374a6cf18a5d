"""What the pages show and what their buttons do.

Longer than 300 lines because what each page shows and does is read beside the others on one small clinic.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape

from callbacks.tables import CallbackRequest
from calls.tables import AlarmRow, WorkItem
from directory.tables import Clinician, HoursOverride
from routing.tables import Offer, Presence, PresenceChange, Wait
from tests.desk.world import NOON, World, token


def text_of(world: World, login: str, path: str) -> str:
    answer = world.browser(login).get(path)
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).split())


def press(world: World, login: str, path: str, **form: str) -> Any:
    client = world.browser(login)
    return client.post(path, data={"csrf_token": token(client), **form})


def test_the_call_card_says_who_how_sure_and_why_me(world: World) -> None:
    page = text_of(world, "ana", "/me")
    assert "Joe S." in page
    assert "Stone" not in page
    assert '<p class="sure">Level 2: identity proved' in page
    assert escape("You are this patient's own clinician.") in page
    assert "You were ready when this call came in." in page


def test_an_offer_that_only_rings_shows_nobody(world: World) -> None:
    world.change(Offer, 1, state="offered", talk_started_at=None)
    world.change(Presence, "ana", state="offered")
    page = text_of(world, "ana", "/me")
    assert "Your phone is ringing" in page
    assert "Joe" not in page


def test_a_caller_who_proved_nothing_has_no_name_on_the_card(world: World) -> None:
    world.change(Presence, "luis", state="talking")
    world.change(Offer, 1, clinician_id="mei")
    world.offer("en-2", "luis", "accepted")
    page = text_of(world, "luis", "/me")
    assert "Caller not verified" in page
    assert '<p class="sure careful">Ask who is calling before you say anything from a record' in page


def rung_back(world: World, patient: str | None) -> str:
    """The card of Luis, who keeps a promise made in a call that Rosa proved herself in."""
    world.change(Presence, "luis", state="talking")
    world.change(Offer, 1, clinician_id="mei")
    world.call("first-call", patient="p-rosa")
    world.callback("promise", own=None, patient=patient)
    world.wait("first-call", state="connected", kind="callback", callback_id="promise")
    world.offer("first-call", "luis", "accepted")
    return text_of(world, "luis", "/me")


def test_whoever_answers_a_callback_is_to_be_asked_for_his_name(world: World) -> None:
    page = rung_back(world, "p-rosa")
    assert '<p class="sure careful">Rung back: ask who answers' in page
    assert "identity proved" not in page


def test_a_promise_that_two_share_is_nobodys_by_name(world: World) -> None:
    page = rung_back(world, None)
    assert "Caller not verified" in page
    assert "Rung back: ask who answers" in page


def test_promises_and_messages_are_his_own_or_his_teams(world: World) -> None:
    page = text_of(world, "ana", "/me")
    assert "Therapist, Rosa V." in page
    assert 'id="callback-cb-rosa"' in page
    assert 'id="callback-cb-late"' not in page
    assert [key in page for key in ("work-vm-ana", "work-vm-team", "work-vm-nurse")] == [
        True,
        True,
        False,
    ]


PRESSED = [
    ({"state": "ready"}, ("ready", None, None)),
    ({"state": "offline"}, ("offline", None, None)),
    ({"state": "away", "reason": "lunch"}, ("away", "lunch", None)),
    ({"state": "away", "reason": "break", "minutes": "20"}, ("away", "break", 20)),
    ({"state": "in_visit", "minutes": "45", "reason": "lunch"}, ("in_visit", None, 45)),
]


@pytest.mark.parametrize(("form", "done"), PRESSED)
def test_presence_buttons_ask_for_what_they_say(world: World, form: dict[str, str], done: tuple[Any, ...]) -> None:
    assert press(world, "luis", "/me/presence", **form).headers["Location"] == "/me"
    assert world.act.done == [("set_presence", "luis", *done)]


WRONG = [
    {},
    {"state": "talking"},
    {"state": "away", "reason": "holiday"},
    {"state": "in_visit", "minutes": "0"},
    {"state": "in_visit", "minutes": "9999999999"},
    {"state": "in_visit", "minutes": "-5"},
]


@pytest.mark.parametrize("form", WRONG)
def test_a_presence_that_no_button_asks_for_is_refused(world: World, form: dict[str, str]) -> None:
    assert press(world, "luis", "/me/presence", **form).status_code == 400
    assert world.act.done == []


def test_a_pressed_button_gives_the_changed_part_of_the_page(world: World) -> None:
    luis = world.browser("luis")
    form = {"csrf_token": token(luis), "state": "in_visit", "minutes": "30"}
    answer = luis.post("/me/presence", data=form, headers={"HX-Request": "true"})
    fragment = answer.get_data(as_text=True)
    assert "<html" not in fragment
    assert "In a visit" in fragment
    assert "until 12:30 PM" in fragment


def test_a_refused_change_is_said_once(world: World) -> None:
    world.act.refuses = True
    ana = world.browser("ana")
    ana.post("/me/presence", data={"csrf_token": token(ana), "state": "offline"})
    assert "You are in a call." in ana.get("/me").get_data(as_text=True)
    assert "You are in a call." not in ana.get("/me").get_data(as_text=True)


def test_a_finished_message_is_gone_from_the_list(world: World) -> None:
    press(world, "ana", "/me/owed/vm-ana/done", outcome="reached")
    assert world.act.done == [("finish_work", "vm-ana", "reached", "ana", "user:ana")]
    assert "work-vm-ana" not in text_of(world, "ana", "/me")


def test_a_form_that_no_button_sends_is_refused(world: World) -> None:
    for what, form in (("done", {"outcome": "lost"}), ("done", {}), ("snooze", {"minutes": "9"}), ("burn", {})):
        assert press(world, "ana", f"/me/owed/vm-ana/{what}", **form).status_code in (400, 404)
    assert world.act.done == []


def test_what_somebody_has_taken_on_is_shown_so_and_cannot_be_taken_twice(world: World) -> None:
    press(world, "luis", "/me/owed/vm-team/claim")
    assert "Taken by Luis Ortega" in text_of(world, "ana", "/me")
    assert "Yours" in text_of(world, "luis", "/me")
    ana = world.browser("ana")
    ana.post("/me/owed/vm-team/claim", data={"csrf_token": token(ana)})
    assert "Somebody else has changed this meanwhile." in ana.get("/me").get_data(as_text=True)
    press(world, "luis", "/me/owed/vm-team/release")
    assert "Taken by" not in text_of(world, "ana", "/me")


def test_what_somebody_else_does_already_has_no_buttons(world: World) -> None:
    world.change(WorkItem, "vm-team", state="claimed", claimed_by="luis", claimed_at=NOON)
    world.change(CallbackRequest, "cb-rosa", state="calling")
    page = text_of(world, "ana", "/me")
    assert "Taken by Luis Ortega" in page and "Calling now" in page
    assert "/me/owed/vm-team/" not in page
    assert "/me/call/callbacks/cb-rosa" not in page


def test_a_message_can_be_heard_in_pieces_and_the_look_is_written_down_once(world: World) -> None:
    ana = world.browser("ana")
    assert '<audio id="sound-vm-ana" controls preload="none"' in text_of(world, "ana", "/me")
    whole = ana.get("/me/messages/vm-ana/sound")
    assert (whole.status_code, whole.mimetype, whole.headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    piece = ana.get("/me/messages/vm-ana/sound", headers={"Range": "bytes=1000-1003"})
    assert (piece.status_code, piece.headers["Content-Range"], len(piece.data)) == (206, "bytes 1000-1003/2004", 4)
    assert "media-src 'self'" in whole.headers["Content-Security-Policy"]
    assert [audit for audit in world.audits() if audit[1] == "heard_message"] == [
        ("user:ana", "heard_message", "p-rosa")
    ]


def test_the_supervisor_sees_everything_owed_and_a_patient_who_left_hospital_lately_first(world: World) -> None:
    now = world.clock.now()
    world.owed("gave-up", "luis", hours=3.5, kind="gave_up", discharged_at=now - timedelta(days=3), call_id="joe")
    world.owed("promise", None, hours=-1, kind="promise", call_id="joe")
    page = text_of(world, "sam", "/board")
    order = [page.index(f'id="work-{key}"') for key in ("promise", "gave-up", "vm-ana")]
    assert order == sorted(order)
    for words in ("Gave up waiting: Therapist, for Luis Ortega", "left hospital 2 days before", "Late"):
        assert words in page
    assert press(world, "sam", "/board/owed/gave-up/snooze", minutes="15").status_code == 303
    assert "Put off until 12:15 PM" in text_of(world, "sam", "/board")


def test_looks_at_patients_are_written_down_before_they_are_shown(world: World) -> None:
    text_of(world, "ana", "/me")
    text_of(world, "sam", "/calls/joe")
    looks = [audit for audit in world.audits() if audit[1].startswith("saw_")]
    assert looks == [
        ("user:ana", "saw_callback", "p-rosa"),
        ("user:ana", "saw_work", "p-rosa"),
        ("user:ana", "saw_work", "call-of-vm-team"),
        ("user:ana", "saw_call", "p-joe"),
        ("user:sam", "saw_call", "p-joe"),
    ]


def test_the_board_knows_clinicians_and_no_patient(world: World) -> None:
    page = text_of(world, "sam", "/board")
    assert "Ana Ruiz" in page
    assert not [name for name in ("Joe", "Stone", "Rosa", "Vega", "p-joe") if name in page]
    assert not [audit for audit in world.audits() if audit[1].startswith("saw_")]


def test_the_board_tells_waiting_ready_and_late(world: World) -> None:
    page = text_of(world, "sam", "/board")
    assert '>Waiting</a></dt> <dd class="value">2</dd>' in page
    assert '>Ready</a></dt> <dd class="value">1 of 2</dd>' in page
    assert '>Longest wait</a></dt> <dd class="value"><span class="timer" data-seconds="83">1:23</span></dd>' in page
    assert "Therapist, for Luis Ortega" in page
    assert "Late" in page
    assert "As of 12:00:00 PM" in page


@pytest.mark.parametrize(
    ("waits", "forced", "alarmed"), [(False, "closed", False), (False, "open", True), (True, "closed", True)]
)
def test_that_nobody_is_ready_alarms_nobody_at_night(world: World, waits: bool, forced: str, alarmed: bool) -> None:
    for clinician in ("ana", "luis", "mei", "tom"):
        world.change(Presence, clinician, state="offline")
    if not waits:
        for call in ("es-1", "en-2"):
            world.change(Wait, f"w-{call}", state="left")
    world.add(HoursOverride, state=forced, set_at=NOON, set_by="sam")
    assert ('<div class="tile low" id="tile-5">' in text_of(world, "sam", "/board")) is alarmed


def test_todays_counts_come_from_the_journal(world: World) -> None:
    page = text_of(world, "sam", "/board")
    assert '>Calls</a></dt><dd class="value">1</dd>' in page
    world.journal("en-2", ("call_arrived", {}), ("message_kept", {"seconds": 9}))
    world.clock.move(seconds=1)
    page = text_of(world, "sam", "/board")
    assert '>Calls</a></dt><dd class="value">2</dd>' in page
    assert '>Messages</a></dt><dd class="value">1</dd>' in page


HOURS = [
    (
        {"state": "closed", "minutes": "60", "sure": "yes"},
        "closed",
        timedelta(hours=1),
        "now. Forced closed until 1:00 PM, by sam",
    ),
    ({"state": "open", "minutes": ""}, "open", None, "Open now. Forced open until somebody lifts it"),
    ({"state": "normal", "minutes": "60"}, "normal", None, "The center follows its hours."),
]


@pytest.mark.parametrize(("form", "state", "span", "sentence"), HOURS)
def test_the_center_is_forced_open_or_closed_or_left_alone(
    world: World, form: dict[str, str], state: str, span: timedelta | None, sentence: str
) -> None:
    press(world, "sam", "/board/hours", **form)
    assert world.act.done == [("set_hours", state, NOON + span if span else None, "sam")]
    assert sentence in text_of(world, "sam", "/board")


@pytest.mark.parametrize(
    ("form", "until", "state"),
    [
        ({"state": "closed", "minutes": "60"}, "until 1:00 PM.", "closed"),
        ({"state": "closed", "minutes": ""}, "until somebody lifts it.", "closed"),
        ({"state": "close_now", "minutes": "60"}, "until somebody lifts it.", "closed"),  # no hours: it never opens
    ],
)
def test_the_whole_center_is_closed_only_after_one_was_asked(
    world: World, form: dict[str, str], until: str, state: str
) -> None:
    asks = press(world, "sam", "/board/hours", **form)
    assert (asks.status_code, world.act.done) == (303, [])
    page = text_of(world, "sam", asks.headers["Location"])
    assert f"closes now, {until}" in page
    assert '<a href="/figures/longest">2 callers</a> wait now, and will be asked how to go on.' in page
    hidden = dict(re.findall(r'<input type="hidden" name="(state|minutes|sure)" value="([^"]*)">', page))
    assert hidden == {**form, "sure": "yes"}
    press(world, "sam", "/board/hours", **hidden)
    assert [done[:2] for done in world.act.done] == [("set_hours", state)]


@pytest.mark.parametrize("query", ["state=open", "state=closed&minutes=5", ""])
def test_nothing_else_is_asked_about(world: World, query: str) -> None:
    assert world.browser("sam").get(f"/board/closing?{query}").status_code == 400


@pytest.mark.parametrize("form", [{"state": "ajar", "minutes": ""}, {"state": "open", "minutes": "5"}, {}])
def test_hours_that_no_button_sets_are_refused(world: World, form: dict[str, str]) -> None:
    assert press(world, "sam", "/board/hours", **form).status_code == 400
    assert world.act.done == []


def test_a_forced_state_ends_by_itself(world: World) -> None:
    press(world, "sam", "/board/hours", state="closed", minutes="60", sure="yes")
    world.clock.move(minutes=14)
    assert "Forced closed" in text_of(world, "sam", "/board")
    world.clock.move(minutes=50)
    assert "The center follows its hours." in text_of(world, "sam", "/board")


def test_a_call_tells_its_story(world: World) -> None:
    page = text_of(world, "sam", "/calls/joe")
    told = [
        "A patient called the center.",
        "The caller chose English.",
        escape("The caller's identity was proved (level 2)."),
        escape("The call was offered to Ana Ruiz. The patient's own clinician was ready."),
        "Ana Ruiz pressed the key and took the call.",
        "The patient and Ana Ruiz could hear each other.",
    ]
    places = [page.find(sentence) for sentence in told]
    assert -1 not in places
    assert places == sorted(places)
    assert "Joe" not in page


def test_a_call_says_who_was_asked_and_the_first_reason_against_everybody_else(world: World) -> None:
    for key, state in (("ana", "ready"), ("luis", "talking"), ("mei", "away")):
        world.add(PresenceChange, clinician_id=key, state=state, version=1, at=world.clock.now())
    why = {"relation": "own", "trigger": "wait", "as_of": 99, "line": "clinician:ana", "group": 0}
    world.change(Offer, 1, why=why | {"looked": [["clinician:ana", "ana", 0]]})
    world.change(Wait, "w-joe", rules={"rungs": [{"serve": ["own", "team"], "seconds": 30}, {"serve": ["any"]}]})
    page = text_of(world, "sam", "/calls/joe")
    assert "Who was asked, and why" in page
    assert escape("The patient's own clinician was ready.") in page
    assert "Luis Ortega was with another patient." in page
    assert "Mei Chen was away." in page
    assert "Tom Baker" not in page, "nobody who was not at work is told of"


def test_who_was_set_away_for_missed_calls_reads_so(world: World) -> None:
    world.change(Presence, "luis", state="away", reason="missed_calls")
    assert "You missed two calls in a row" in text_of(world, "luis", "/me")
    world.change(Presence, "luis", reason="lunch")
    assert "You missed two calls" not in text_of(world, "luis", "/me")


PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


@pytest.mark.parametrize(("login", "path"), [("ana", "/me"), ("sam", "/board"), ("sam", "/calls/joe")])
def test_what_people_are_called_is_text_and_nothing_else(world: World, login: str, path: str) -> None:
    world.change(Clinician, "ana", given=PAYLOAD)
    page = text_of(world, login, path)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


def test_an_alarm_stays_until_it_is_over_and_says_who_sees_to_it(world: World) -> None:
    world.add(AlarmRow, kind="longest_wait", subject="therapist", value=200.0, raised_at=NOON - timedelta(minutes=3))
    page = text_of(world, "sam", "/board")
    assert "Therapist: somebody has waited 3 min" in page
    assert 'role="alert"' in page
    press(world, "sam", "/board/alarms/1/seen")
    page = text_of(world, "sam", "/board")
    assert "seen by sam" in page
    assert "I see to it" not in page
    assert ("user:sam", "alarm_seen", None) in world.audits()


@pytest.mark.parametrize(
    ("kind", "says", "opens", "heading"),
    [
        ("longest_wait", "Who waits", "/figures/line_longest?service=therapist", "Longest: 1:23"),
        ("no_cover", "Who waits", "/figures/line_longest?service=therapist", "Longest: 1:23"),
        (
            "late_share",
            "Service level today",
            "/figures/service_level?axis=service&value=therapist",
            "Service level: 0.0%",
        ),
    ],
)
def test_an_alarm_leads_to_what_it_is_about(world: World, kind: str, says: str, opens: str, heading: str) -> None:
    world.add(AlarmRow, kind=kind, subject="therapist", value=0.5, raised_at=NOON)
    page = text_of(world, "sam", "/board")
    assert f'<a href="{escape(opens)}" aria-label="{says}: Therapist: ' in page
    assert f"<h1>{heading}</h1>" in text_of(world, "sam", opens)


def test_the_days_figures_open_what_they_mean(world: World) -> None:
    page = text_of(world, "sam", "/board")
    assert '>Service level</a></dt><dd class="value">0.0%' in page, "Joe waited longer than half a minute"
    for key in ("service_level", "speed_of_answer", "abandoned", "short", "continuity"):
        assert f'href="/figures/{key}"' in page


def test_every_tile_of_the_board_opens_its_definition(world: World) -> None:
    page = text_of(world, "sam", "/board")
    tiles = re.findall(r'<div class="tile[^>]*> ?<dt>(.*?)</dt> ?<dd class="value">(.*?)</dd>', page)
    assert len(tiles) == 6 + 5 + 6
    for label, value in tiles:
        opens = re.fullmatch(r'<a href="([^"]+)">(.+)</a>', label)
        assert opens, f"{label} opens nothing"
        opened = text_of(world, "sam", opens[1])
        assert f"<h1>{opens[2]}: {re.sub('<.*?>', '', value)}</h1>" in opened
        assert "Computed as" in opened


def test_no_two_pages_have_the_same_title(world: World) -> None:
    pages = {
        "sam": (
            "/board /board/closing?state=closed /owed /promises /promises/cb-rosa /promises/cb-late /history /calls "
            "/calls/joe /calls/en-2 /people/ana /people/mei /figures/answered /figures/waiting /account /nothing"
        ),
        "root": "/admin/people /admin/people/ana /admin/days /admin/outcomes",
        "olga": "/audit /audit/proof",
    }
    titles = [
        client.get(path).get_data(as_text=True).split("<title>")[1].split("</title>")[0]
        for login, paths in pages.items()
        for client in [world.browser(login)]
        for path in paths.split()
    ]
    assert sorted(titles) == sorted(set(titles))
