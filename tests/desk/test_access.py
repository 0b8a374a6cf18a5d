"""Every page for every role: who may come in is written down here, and a page nobody wrote down fails."""

import io

import pytest
from flask.testing import FlaskClient

from tests.desk.world import World, token

LOGINS = {"anonymous": None, "clinician": "ana", "supervisor": "sam", "admin": "root", "auditor": "olga"}
ANYONE = frozenset(LOGINS)
SIGNED_IN, AUDITORS = ANYONE - {"anonymous"}, frozenset({"auditor"})
NOBODY: frozenset[str] = frozenset()  # a sign-in opens it to no one: programs sign their requests
CLINICIANS, SUPERVISORS = frozenset({"clinician"}), frozenset({"supervisor", "admin"})
ADMINS = frozenset({"admin"})

RULES: dict[tuple[str, str], frozenset[str]] = {
    ("GET", "/static/desk.css"): ANYONE,
    ("GET", "/"): ANYONE,
    ("GET", "/sign-in"): ANYONE,
    ("POST", "/sign-in"): ANYONE,
    ("POST", "/sign-out"): ANYONE,
    ("GET", "/sign-in/code"): ANYONE,
    ("POST", "/sign-in/code"): ANYONE,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/second-factor"): SIGNED_IN,
    ("POST", "/account/second-factor/remove"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/phone"): SUPERVISORS,
    ("POST", "/account/shift-phone"): CLINICIANS,
    ("POST", "/account/pin"): CLINICIANS,
    ("POST", "/me/offers/1/decline"): CLINICIANS,
    ("POST", "/me/offers/1/after-visit"): CLINICIANS,
    ("POST", "/me/talk/hold"): CLINICIANS,
    ("POST", "/me/talk/mute"): CLINICIANS,
    ("POST", "/me/talk/colleague"): CLINICIANS,
    ("POST", "/me/talk/interpreter"): CLINICIANS,
    ("POST", "/me/talk/guests/7/out"): CLINICIANS,
    ("POST", "/me/talk/hand-over"): CLINICIANS,
    ("POST", "/calls/joe/sit-in"): SUPERVISORS,
    ("POST", "/me/talks/1/note"): CLINICIANS,
    ("POST", "/me/wrap-up/longer"): CLINICIANS,
    ("GET", "/history/outcomes.csv"): SUPERVISORS,
    ("GET", "/people/ana"): SUPERVISORS,
    ("GET", "/people/ana/stream"): SUPERVISORS,
    ("POST", "/people/ana/presence"): SUPERVISORS,
    ("POST", "/people/ana/wrap-up/end"): SUPERVISORS,
    ("POST", "/people/ana/today"): SUPERVISORS,
    ("POST", "/calls/joe/hurry"): SUPERVISORS,
    ("POST", "/calls/joe/move"): SUPERVISORS,
    ("POST", "/board/services/nurse/close"): SUPERVISORS,
    ("POST", "/board/services/nurse/open"): SUPERVISORS,
    ("GET", "/admin"): ADMINS,
    ("GET", "/admin/people"): ADMINS,
    ("GET", "/admin/people/ana"): ADMINS,
    ("POST", "/admin/people/ana"): ADMINS,
    ("GET", "/admin/days"): ADMINS,
    ("POST", "/admin/days"): ADMINS,
    ("GET", "/admin/outcomes"): ADMINS,
    ("POST", "/admin/outcomes"): ADMINS,
    ("GET", "/admin/people.csv"): ADMINS,
    ("POST", "/admin/people.csv"): ADMINS,
    ("GET", "/owed"): CLINICIANS | SUPERVISORS,
    ("GET", "/owed/stream"): CLINICIANS | SUPERVISORS,
    ("POST", "/owed/items/vm-ana/claim"): CLINICIANS | SUPERVISORS,
    ("POST", "/owed/callbacks/cb-rosa/done"): CLINICIANS | SUPERVISORS,
    ("GET", "/owed/messages/vm-ana/sound"): CLINICIANS | SUPERVISORS,
    ("GET", "/audit"): AUDITORS,
    ("GET", "/audit/trail.csv"): AUDITORS,
    ("GET", "/audit/proof"): AUDITORS,
    ("GET", "/me"): CLINICIANS,
    ("GET", "/me/stream"): CLINICIANS,
    ("POST", "/me/presence"): CLINICIANS,
    ("POST", "/me/owed/vm-ana/claim"): CLINICIANS,
    ("POST", "/me/call/owed/vm-ana"): CLINICIANS,
    ("POST", "/me/talk/help"): CLINICIANS,
    ("POST", "/me/call/callbacks/cb-rosa"): CLINICIANS,
    ("POST", "/me/call/talks/1"): CLINICIANS,
    ("GET", "/me/messages/vm-ana/sound"): CLINICIANS,
    ("GET", "/board"): SUPERVISORS,
    ("GET", "/board/stream"): SUPERVISORS,
    ("POST", "/board/hours"): SUPERVISORS,
    ("GET", "/board/closing?state=closed"): SUPERVISORS,
    ("POST", "/board/owed/vm-ana/claim"): SUPERVISORS,
    ("GET", "/board/messages/vm-ana/sound"): SUPERVISORS,
    ("POST", "/board/alarms/4/seen"): SUPERVISORS,
    ("GET", "/calls/joe"): SUPERVISORS,
    ("GET", "/calls"): SUPERVISORS,
    ("GET", "/promises"): SUPERVISORS,
    ("GET", "/promises.csv"): SUPERVISORS,
    ("GET", "/promises/cb-rosa"): SUPERVISORS,
    ("POST", "/api/callbacks"): NOBODY,
    ("GET", "/history"): SUPERVISORS,
    ("GET", "/history.csv"): SUPERVISORS,
    ("GET", "/history.json"): SUPERVISORS,
    ("GET", "/figures/answered"): SUPERVISORS,
}
FORMS = {
    "/me/offers/1/decline": {"reason": "in_a_session"},
    "/me/offers/1/after-visit": {"minutes": "30"},
    "/me/talk/hold": {"held": "yes"},
    "/me/talk/help": {"wanted": "yes"},
    "/me/talk/mute": {"muted": "yes"},
    "/calls/joe/sit-in": {"part": "listen"},
    "/me/presence": {"state": "ready"},
    "/board/hours": {"state": "open", "minutes": ""},
    "/people/ana/presence": {"state": "away", "reason": "lunch"},
    "/people/ana/today": {"skill": "pt", "level": "2"},
    "/calls/joe/hurry": {"minutes": "10"},
    "/calls/joe/move": {"service": "nurse"},
    "/board/services/nurse/close": {"for": "60"},
    "/owed/callbacks/cb-rosa/done": {"outcome": "reached"},
    "/me/call/talks/1": {"minutes": "15"},
}
EXAMPLES = {
    "filename": "desk.css",
    "item_id": "vm-ana",
    "message_id": "vm-ana",
    "call_id": "joe",
    "guest_id": 7,
    "key": "answered",
    "alarm_id": 4,
    "offer_id": 1,
    "clinician_id": "ana",
    "service": "nurse",
    "sheet": "people",
}
EXAMPLES |= {"promise_id": "cb-rosa", "what": "claim"}
DOES = {"work_page.do_callback": {"what": "done"}, "supervisor.closing": {"state": "closed"}}


def ask(client: FlaskClient, method: str, path: str) -> int:
    if method == "POST":
        form = {"csrf_token": token(client), **FORMS.get(path, {})}
        file = {"sheet": (io.BytesIO(b"clinician\nana\n"), "sheet.csv")} if path.endswith(".csv") else {}
        return client.post(path, data={**form, **file}).status_code
    with client.get(path, buffered=False) as answer:
        return answer.status_code


def test_every_route_of_the_url_map_has_a_rule(world: World) -> None:
    asked = {
        (method, world.app.url_map.bind("localhost").build(rule.endpoint, known))
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        for known in [{name: EXAMPLES[name] for name in rule.arguments} | DOES.get(rule.endpoint, {})]
    }
    assert asked == set(RULES)


@pytest.mark.parametrize("role", LOGINS)
@pytest.mark.parametrize(("method", "path"), RULES)
def test_each_page_lets_in_whom_it_should(world: World, role: str, method: str, path: str) -> None:
    status = ask(world.browser(LOGINS[role]), method, path)
    if role in RULES[method, path]:
        assert status in (200, 303) or (path == "/sign-in" and status == 401)
    elif RULES[method, path] == NOBODY:
        assert status == 401
    elif role == "anonymous":
        assert status == (303 if method == "GET" and not path.endswith("/stream") else 401)
    else:
        assert status == 403
    assert not world.done() or role in RULES[method, path]


def test_a_number_that_no_row_can_have_is_not_found(world: World) -> None:
    adapter = world.app.url_map.bind("localhost")
    numbered = [rule for rule in world.app.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(numbered) >= 6
    for rule in numbered:
        example = adapter.build(rule.endpoint, {name: EXAMPLES[name] for name in rule.arguments})
        client = world.browser(LOGINS[min(RULES["POST", example])])
        for number in (2**31, 2**63):
            assert ask(client, "POST", adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, number))) == 404
        assert adapter.match(adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 2**31 - 1)), method="POST")


@pytest.mark.parametrize("what", ["claim", "release", "snooze", "done"])
def test_a_clinician_does_nothing_about_work_that_is_not_his(world: World, what: str) -> None:
    luis = world.browser("luis")
    form = {"csrf_token": token(luis), "minutes": "15", "outcome": "reached"}
    assert luis.post(f"/me/owed/vm-ana/{what}", data=form).status_code == 404
    assert luis.post(f"/me/owed/vm-nurse/{what}", data=form).status_code == 404
    assert luis.post(f"/me/owed/vm-team/{what}", data=form).status_code == 303
    assert [done[1] for done in world.act.done] == ["vm-team"]


def test_a_clinician_hears_no_message_that_is_not_his(world: World) -> None:
    for key in ("vm-nurse", "vm-team"):
        world.sound(key, b"RIFF-what-was-said")
    luis = world.browser("luis")
    statuses = [luis.get(f"/me/messages/{key}/sound").status_code for key in ("vm-ana", "vm-nurse", "vm-team", "none")]
    assert statuses == [404, 404, 200, 404]
    assert [row for row in world.audits() if row[1] == "heard_message"] == [
        ("user:luis", "heard_message", "call-of-vm-team")
    ]


def test_a_clinician_sees_only_his_own_call_and_lists(world: World) -> None:
    page = world.browser("luis").get("/me").get_data(as_text=True)
    assert "Joe S." not in page
    assert "Rosa V." not in page
    assert "No call now" in page


def test_an_unknown_call_does_not_exist(world: World) -> None:
    assert world.browser("sam").get("/calls/nobody").status_code == 404


@pytest.mark.parametrize("path", ["/me/presence", "/board/hours", "/sign-in", "/sign-out"])
def test_a_write_without_the_sessions_token_changes_nothing(world: World, path: str) -> None:
    client = world.browser("ana" if path.startswith("/me") else "sam")
    assert client.post(path, data=FORMS.get(path, {})).status_code == 400
    assert client.get("/", follow_redirects=True).status_code == 200
    assert world.act.done == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/me/presence"), ("GET", "/me/stream")])
def test_what_another_site_asks_for_is_refused(world: World, method: str, path: str) -> None:
    ana = world.browser("ana")
    form = {"csrf_token": token(ana), "state": "ready"} if method == "POST" else None
    answer = ana.open(path, method=method, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert world.act.done == []


@pytest.mark.parametrize("path", ["/sign-in", "/me", "/static/desk.js", "/nothing"])
def test_every_answer_carries_the_headers_that_keep_it_to_itself(world: World, path: str) -> None:
    headers = world.browser("ana").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert ("no-store" in headers.get("Cache-Control", "")) is not path.startswith("/static")


def test_no_page_has_script_or_style_of_its_own(world: World) -> None:
    pages = [("ana", "/me"), ("sam", "/board"), ("sam", "/calls/joe"), ("sam", "/nothing")]
    pages += [("sam", path) for path in ("/history", "/calls", "/figures/answered")]
    pages += [("sam", path) for path in ("/owed", "/people/ana", "/promises", "/figures/line_waiting", "/figures/lost")]
    for login, path in pages:
        page = world.browser(login).get(path).get_data(as_text=True)
        assert "<style" not in page
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick" not in page
