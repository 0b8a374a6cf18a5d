"""Whether a clinic's content hangs together: every name leads somewhere, every sentence exists in every language.

Longer than 300 lines because it is a list of short rules, one for each way in which content can fall apart.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor
from holidays import country_holidays

from config.content import Content, Hours, Limit, Menu, Option, OwnOffer, Service, Span
from config.holding import hold_entries
from config.holding import incoherent as incoherent_holding
from config.learned import HEARD, read_learned
from config.outcomes import incoherent as incoherent_outcomes

Where = tuple[str | int, ...]
Incoherence = tuple[Where, str, str]  # where, what was found, what is accepted

MOST_LEVEL = 5
MOST_OPTIONS = 5  # beside the way to a person
MOST_MENUS = 3  # from the first word to a person
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60  # minutes
LEAST_HOLD, MOST_HOLD, MOST_HOLD_RUNG_FIRST = 10, 30, 60  # seconds that a patient waits who answered our call
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_GROUP = re.compile(r"<(\w+)>")
_CUE_WORDS = re.compile(r"(\d+\.\.\d+|[^\W_]+\*?)(_(\d+\.\.\d+|[^\W_]+\*?))*")
_CALENDAR = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def incoherences(content: Content) -> Iterator[Incoherence]:
    """Every name that leads nowhere and every sentence that is missing somewhere; if there is none, what is unused."""
    found = list(_wrong(content))
    yield from found or _unused(content)


def _wrong(content: Content) -> Iterator[Incoherence]:
    yield from _languages(content)
    yield from _lines(content)
    yield from _clinician_line(content)
    for name, menu in content.menus.items():
        yield from _menu(("menus", name), menu, content)
    yield from _services(content)
    yield from _ladders(content)
    for name, hours in content.hours.items():
        yield from _hours(("hours", name), hours)
    for setting, limit in content.alarms.model_dump().items():
        if limit <= 0:
            yield ("alarms", setting), str(limit), "more than 0"
    yield from incoherent_outcomes(content)
    yield from incoherent_holding(content)
    yield from _hold_words(content)
    yield from _interpreters(content)
    yield from _red_flags(content)
    yield from _education(content)
    yield from _survey(content)
    yield from _words(content)


def _one_of(where: Where, value: str, known: Iterable[str]) -> Iterator[Incoherence]:
    names = sorted(known)
    if value not in names:
        yield where, repr(value), " or ".join(names) or "nothing; none is defined"


def _prompt(where: Where, key: str, content: Content) -> Iterator[Incoherence]:
    """A label stands inside other sentences: it must exist, and needs no variables."""
    words = content.prompts[content.languages[0]]
    if key not in words:
        yield where, repr(key), "the name of a message in the prompts"
    elif variables(words[key]):
        yield where, repr(key), "a message without variables"


def _languages(content: Content) -> Iterator[Incoherence]:
    if len(set(content.languages)) < len(content.languages):
        yield ("languages",), " ".join(content.languages), "each language once"
    for language in content.languages:
        yield from _prompt(("languages",), f"language-{language}", content)
    if not content.lines:
        yield ("lines",), "no line", "at least one number that patients call"


def _lines(content: Content) -> Iterator[Incoherence]:
    numbers = [line.number for line in content.lines.values()]
    for name, line in content.lines.items():
        where: Where = ("lines", name)
        if numbers.count(line.number) > 1:
            yield (*where, "number"), line.number, "each number once"
        yield from _one_of((*where, "menu"), line.menu, content.menus)
        yield from _one_of((*where, "hours"), line.hours, content.hours)
        for setting in ("keep_place_minutes", "closing_stay_minutes"):
            if getattr(line, setting) < 0:
                yield (*where, setting), str(getattr(line, setting)), "0 or more minutes"
        if line.general is not None:
            yield from _one_of((*where, "general"), line.general, content.services)
        for setting in ("greeting", "closed", "closed_holiday"):
            yield from _prompt((*where, setting), getattr(line, setting), content)
        if line.number != "center" and not _NUMBER.fullmatch(line.number):
            yield (*where, "number"), repr(line.number), 'a number like +13125550100, or "center"'


def _unused(content: Content) -> Iterator[Incoherence]:
    """What no caller can reach, or finds at another key than he expects: most often a name or a key mistyped."""
    for name, menu in content.menus.items():
        keys = [option.key for option in menu.options]
        wanted = [*map(str, range(1, len(keys))), "0"]
        if keys != wanted:
            accepted = f"{', '.join(wanted)}: rising, without gaps, at the end 0 for a person"
            yield ("menus", name, "options"), f"keys {', '.join(keys)}", accepted
    reached = _menus_reached(content)
    for name in content.menus.keys() - reached.keys():
        yield ("menus", name), "a menu that no line leads to", "a line, or an option of a reached menu, that names it"
    for name, depth in reached.items():
        if depth > MOST_MENUS:
            yield ("menus", name), f"menu number {depth} on the way", f"at most {MOST_MENUS} menus before a person"
    served = {option.leads_to.removeprefix("service:") for name in reached for option in content.menus[name].options}
    served |= {*content.red_flags.services, *(line.general or "" for line in content.lines.values())}
    for name in content.services.keys() - served:
        yield ("services", name), "a service that no option leads to", "an option with leads_to: service:" + name
    used = {line.hours for line in content.lines.values()} | {service.hours for service in content.services.values()}
    for name in content.hours.keys() - used:
        yield ("hours", name), "hours that nothing keeps", "a line or a service that names them"


def _menus_reached(content: Content) -> dict[str, int]:
    """Each menu that a caller can come to, with the number of menus he has then heard at least."""
    reached = {line.menu: 1 for line in content.lines.values() if line.menu in content.menus}
    todo = list(reached)
    while todo:
        name = todo.pop(0)
        for option in content.menus[name].options:
            kind, _, key = option.leads_to.partition(":")
            if kind == "menu" and key in content.menus and key not in reached:
                reached[key] = reached[name] + 1
                todo.append(key)
    return reached


def _menu(where: Where, menu: Menu, content: Content) -> Iterator[Incoherence]:
    keys = [option.key for option in menu.options]
    if not 1 <= len(keys) - keys.count("0") <= MOST_OPTIONS:
        yield (*where, "options"), f"{len(keys)} options", f"1 to {MOST_OPTIONS} and key 0: nobody remembers more"
    if not any(option.leads_to.startswith("service:") for option in menu.options):
        yield (*where, "options"), "no service", "at least one option that leads to service:<key>"
    for position, option in enumerate(menu.options):
        here: Where = (*where, "options", position)
        if option.key in keys[:position]:
            yield (*here, "key"), option.key, "each key once"
        if option.leads_to in [other.leads_to for other in menu.options[:position]]:
            yield (*here, "leads_to"), option.leads_to, "each way once"
        if ("menus", option.leads_to.removeprefix("menu:")) == where:
            yield (*here, "leads_to"), option.leads_to, "another menu than its own"
        yield from _option(here, option, content)


def _option(where: Where, option: Option, content: Content) -> Iterator[Incoherence]:
    if option.key not in set("012345678"):
        yield (*where, "key"), repr(option.key), "0 to 8; 9 is for emergencies, star repeats and pound goes back"
    elif (option.key == "0") != (option.leads_to == "operator"):
        yield (*where, "leads_to"), f"{option.leads_to} at key {option.key}", "operator at key 0, and only there"
    yield from _prompt((*where, "label"), option.label, content)
    if option.short:
        yield from _prompt((*where, "short"), option.short, content)
    for language in option.words:
        yield from _one_of((*where, "words", language), language, content.languages)
    destinations = {f"service:{key}" for key in content.services} | {f"menu:{key}" for key in content.menus}
    yield from _one_of((*where, "leads_to"), option.leads_to, destinations | {"operator", "callback", "message"})


def _services(content: Content) -> Iterator[Incoherence]:
    if not content.services:
        yield ("services",), "no service", "at least one"
    for name, service in content.services.items():
        where: Where = ("services", name)
        yield from _one_of((*where, "ladder"), service.ladder, content.ladders)
        yield from _one_of((*where, "callback_ladder"), service.callback_ladder, content.ladders)
        if service.hours is not None:
            yield from _one_of((*where, "hours"), service.hours, content.hours)
        yield from _prompt((*where, "label"), service.label, content)
        yield from _prompt((*where, "spoken_role"), service.spoken_role, content)
        for word in (service.skill, *service.also, *service.prefer):
            yield from _skill((*where, "skill"), word, content)
        if not 0 <= service.level <= MOST_LEVEL:
            yield (*where, "level"), str(service.level), f"a level from 0 to {MOST_LEVEL}"
        if service.own_offer is not None:
            yield from _own_offer((*where, "own_offer"), service.own_offer, content)
        yield from _limits((*where, "limits"), name, content)
        for setting, unit in (("message_hours", "hours"), ("follow_up_minutes", "minutes")):
            if getattr(service, setting) < 1:
                yield (*where, setting), str(getattr(service, setting)), f"1 or more {unit}"
        yield from _hold((*where, "callback_hold_seconds"), service, content)
        for setting, least in (("head_start_seconds", 0), ("answer_seconds", 1), ("max_wait_seconds", 1)):
            if getattr(service, setting) < least:
                yield (*where, setting), str(getattr(service, setting)), f"{least} or more seconds"


def _hold(where: Where, service: Service, content: Content) -> Iterator[Incoherence]:
    """How long he waits who answered our call: longer only where he is rung first, and never until he is given up."""
    first = {service.callback_first, *(line.callback_first for line in content.lines.values())}
    least, most = (LEAST_HOLD, MOST_HOLD_RUNG_FIRST if "patient" in first else MOST_HOLD)
    if not least <= service.callback_hold_seconds <= most:
        accepted = f"{least} to {most} seconds" + (
            "" if "patient" in first else "; more only with callback_first: patient"
        )
        yield where, str(service.callback_hold_seconds), accepted


def _limits(where: Where, name: str, content: Content) -> Iterator[Incoherence]:
    """Each exit leads on, and never round in a circle."""
    limits = content.services[name].limits
    others = {f"service:{key}" for key in content.services if key != name}
    for setting, leads_to in limits.exits().items():
        limit = getattr(limits, setting)
        here: Where = (*where, setting, "exit") if isinstance(limit, Limit) else (*where, setting)
        yield from _one_of(here, leads_to, others | {"callback", "message", "operator"})
        if isinstance(limit, Limit) and limit.most < 1:
            yield (*where, setting, "most"), str(limit.most), "1 or more"
        if leads_to in others and name in _led_on(leads_to, content):
            yield here, f"{leads_to}, whose own limits lead back", "an exit that does not lead back to this service"


def _led_on(leads_to: str, content: Content) -> set[str]:
    """Every service to which limits may lead somebody who comes by this exit."""
    seen: set[str] = set()
    todo = [leads_to]
    while todo:
        kind, _, key = todo.pop().partition(":")
        if kind == "service" and key in content.services and key not in seen:
            seen.add(key)
            todo.extend(content.services[key].limits.exits().values())
    return seen


def _own_offer(where: Where, offer: OwnOffer, content: Content) -> Iterator[Incoherence]:
    yield from _one_of((*where, "wait"), offer.wait, content.ladders)
    yield from _one_of((*where, "next"), offer.next, content.ladders)
    if offer.wait in content.ladders and content.ladders[offer.wait].rungs[:1] != ():
        first = content.ladders[offer.wait].rungs[0]
        if first.serve != ("own",) or not first.through_visits:
            yield (*where, "wait"), repr(offer.wait), "a ladder whose first rung serves own alone, through_visits"


def _skill(where: Where, word: str, content: Content) -> Iterator[Incoherence]:
    """A skill is one of the catalogue, if there is one; "hip:3" asks for level 3 of it."""
    name, _, level = word.partition(":")
    if content.skills:
        yield from _one_of(where, name, content.skills)
    if level and level not in set("012345"):
        yield where, repr(word), f"a skill, or a skill with a level from 0 to {MOST_LEVEL} like hip:3"


def _ladders(content: Content) -> Iterator[Incoherence]:
    for name, ladder in content.ladders.items():
        where: Where = ("ladders", name, "rungs")
        if not ladder.rungs:
            yield where, "no rung", "at least one"
        for position, rung in enumerate(ladder.rungs):
            if not rung.serve or len(set(rung.serve)) < len(rung.serve):
                yield (*where, position, "serve"), str(list(rung.serve)), "own, team, site or any, each once"
            last = position == len(ladder.rungs) - 1
            if last and (rung.seconds is not None or "any" not in rung.serve):
                yield (*where, position), "an end", "a last rung that serves any, without seconds: nobody is left over"
            if not last and (rung.seconds is None or rung.seconds < 0):
                yield (*where, position, "seconds"), str(rung.seconds), "0 or more seconds, as another rung follows"


def _hours(where: Where, hours: Hours) -> Iterator[Incoherence]:
    try:
        ZoneInfo(hours.zone)
    except (KeyError, ValueError, OSError):
        yield (*where, "zone"), repr(hours.zone), "a zone of the tz database like America/Chicago"
    if hours.holidays is not None and not _is_calendar(hours.holidays):
        yield (*where, "holidays"), repr(hours.holidays), "a country, or country-state, like US-IL"
    if not any(span.days for span in hours.weekly):
        yield (*where, "weekly"), "no day", "at least one day with opening hours"
    for position, span in enumerate(hours.weekly):
        if not span.days:
            yield (*where, "weekly", position, "days"), "no day", "the days on which it is open so"
        yield from _times((*where, "weekly", position), span.opens, span.closes)
    yield from _overlaps(where, hours)
    dates = [exception.date for exception in hours.exceptions]
    for position, exception in enumerate(hours.exceptions):
        here: Where = (*where, "exceptions", position)
        if exception.date in dates[:position]:
            yield (*here, "date"), repr(exception.date), "each date once"
        if not _is_date(exception.date):
            yield (*here, "date"), repr(exception.date), "a date like 2026-12-24"
        if (exception.opens is None) != (exception.closes is None):
            yield here, "one time", "both opens and closes, or neither for closed all day"
        yield from _times(here, exception.opens, exception.closes)


def _clinician_line(content: Content) -> Iterator[Incoherence]:
    """A number of its own: whoever calls it is asked who he is, and no patient must come there."""
    if content.clinician_line is None:
        return
    where: Where = ("clinician_line", "number")
    number = content.clinician_line.number
    if not _NUMBER.fullmatch(number):
        yield where, repr(number), "a number like +13125550101"
    elif number in {line.number for line in content.lines.values()}:
        yield where, repr(number), "a number that no line of patients has"


def _interpreters(content: Content) -> Iterator[Incoherence]:
    for language, interpreter in content.interpreters.items():
        where: Where = ("interpreters", language)
        if not _NUMBER.fullmatch(interpreter.number):
            yield (*where, "number"), repr(interpreter.number), "a number like +13125550100"
        if set(interpreter.access_keys) - set("0123456789*#w"):
            yield (*where, "access_keys"), repr(interpreter.access_keys), "digits, *, # and w (waits half a second)"


def _education(content: Content) -> Iterator[Incoherence]:
    """Guidance that is named exists, and has something to say."""
    for kind, things in (("services", content.services), ("lines", content.lines)):
        for name, thing in things.items():
            if thing.education is not None:
                yield from _one_of((kind, name, "education"), thing.education, content.education)
    for name, guidance in content.education.items():
        where: Where = ("education", name)
        yield from _prompt((*where, "label"), guidance.label, content)
        if not guidance.says:
            yield (*where, "says"), "nothing", "the names of one or more messages in the prompts"
        for position, key in enumerate(guidance.says):
            yield from _prompt((*where, "says", position), key, content)
        for position, approver in enumerate(guidance.approved_by):
            if not approver.strip():
                yield (*where, "approved_by", position), repr(approver), "a clinician's name, or none at all"


def _hold_words(content: Content) -> Iterator[Incoherence]:
    """What is said between two rounds of music stands alone: a sentence that exists and needs no variables."""
    for where, entry in hold_entries(content):
        if entry.says is not None:
            yield from _prompt((*where, "says"), entry.says, content)


MOST_QUESTIONS, MOST_POINTS = 2, 6


def _survey(content: Content) -> Iterator[Incoherence]:
    """At most two questions, each answered by one key."""
    questions = content.survey.questions
    if len(questions) > MOST_QUESTIONS:
        yield ("survey", "questions"), f"{len(questions)} questions", f"at most {MOST_QUESTIONS}: more tire people"
    names = [question.key for question in questions]
    for position, question in enumerate(questions):
        where: Where = ("survey", "questions", position)
        yield from _prompt((*where, "says"), question.says, content)
        if question.key in names[:position]:
            yield (*where, "key"), question.key, "each name once"
        if not 1 <= question.lowest < question.highest <= MOST_POINTS:
            found = f"{question.lowest} to {question.highest}"
            yield (
                (*where, "lowest"),
                found,
                f"keys from 1 to {MOST_POINTS}, the lowest before the highest; the others mean the same everywhere",
            )


def _is_calendar(code: str) -> bool:
    country, _, part = code.partition("-")
    if not _CALENDAR.fullmatch(code):
        return False
    try:
        country_holidays(country, subdiv=part or None)
    except (NotImplementedError, KeyError):
        return False
    return True


def _overlaps(where: Where, hours: Hours) -> Iterator[Incoherence]:
    """Spans of one calendar that are open at the same time: one of them is a slip."""
    spans = [(start, end, position) for position, span in enumerate(hours.weekly) for start, end in _minutes(span)]
    for start, end, position in spans:
        if any(at < position and _meet(start, end, other, until) for other, until, at in spans):
            yield (*where, "weekly", position), "hours that overlap others of that day", "each hour once"
            return


def _minutes(span: Span) -> Iterator[tuple[int, int]]:
    """The span's minutes of the week, for each of its days; unreadable times are another flaw."""
    if not (_TIME.fullmatch(span.opens) and _TIME.fullmatch(span.closes)):
        return
    opens, closes = (int(time[:2]) * 60 + int(time[3:]) for time in (span.opens, span.closes))
    for day in span.days:
        start = WEEK.index(day) * DAY + opens
        yield start, start + closes - opens + (0 if closes > opens else DAY)


def _meet(start: int, end: int, other: int, until: int) -> bool:
    return any(start + week < until and other < end + week for week in (-7 * DAY, 0, 7 * DAY))


def _red_flags(content: Content) -> Iterator[Incoherence]:
    """Every cue is made of words and of groups that exist; whoever answers an emergency is a service of ours."""
    flags, where = content.red_flags, ("red_flags",)
    for position, service in enumerate(flags.services):
        yield from _one_of((*where, "services", position), service, content.services)
    for position, cue in enumerate(flags.harmless):
        yield from _cue((*where, "harmless", position), cue, flags.groups)
    for part in ("events", "dates", "again"):
        words: tuple[str, ...] = getattr(flags.long_over, part)
        for position, word in enumerate(words):
            yield from _cue((*where, "long_over", part, position), word, {})
    for kind in read_learned(content.learned).kinds if content.learned else ():
        yield from _one_of(("learned",), kind.flag, (HEARD, *flags.flags))
    for name, words in flags.groups.items():
        for position, word in enumerate(words):
            yield from _cue((*where, "groups", name, position), word, {})
    for name, flag in flags.flags.items():
        for action in ("emergency", "crisis", "nurse"):
            cues: tuple[str, ...] = getattr(flag, action)
            for position, cue in enumerate(cues):
                yield from _cue((*where, "flags", name, action, position), cue, flags.groups)


def _cue(where: Where, cue: str, groups: Iterable[str]) -> Iterator[Incoherence]:
    parts = [part for term in cue.split() for part in term.split("|")]
    for part in parts or [""]:
        if group := _GROUP.fullmatch(part):
            yield from _one_of(where, group[1], groups)
        elif not _CUE_WORDS.fullmatch(part):
            yield where, repr(part), "a word, two_words, the beginning of a word*, a <group>, or numbers like 1..9"


def _times(where: Where, opens: str | None, closes: str | None) -> Iterator[Incoherence]:
    for name, time in (("opens", opens), ("closes", closes)):
        if time is not None and not _TIME.fullmatch(time):
            yield (*where, name), repr(time), 'a time like "07:00"'
    if opens is not None and opens == closes:
        yield (*where, "closes"), repr(closes), "another time than opens"


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


# --- sentences ------------------------------------------------------------------------------------------------------


def _words(content: Content) -> Iterator[Incoherence]:
    """Every language has the messages of every other, with the same variables."""
    everything = {key for words in content.prompts.values() for key in words}
    for key in sorted(everything):
        having = {language: words[key] for language, words in content.prompts.items() if key in words}
        wanted = variables(next(iter(having.values())))
        for language in content.prompts:
            where: Where = ("prompts", language, key)
            if language not in having:
                yield where, "no such message", f"the message that {', '.join(having)} has"
            elif variables(having[language]) != wanted:
                found = ", ".join(sorted(variables(having[language]))) or "no variables"
                yield where, found, ", ".join(sorted(wanted)) or "no variables"


@lru_cache(maxsize=2048)
def variables(pattern: str) -> frozenset[str]:
    """The variables of a Fluent pattern's source."""
    names = _Variables()
    names.visit(FluentParser().parse(f"it = {pattern}\n"))
    return frozenset(names.found)


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.found.add(node.id.name)
