"""The operator's door: `access-center <command>`, which in a checkout is `./run <command>`.

Each command imports what it uses, where it uses it: the processes of a machine are such commands too, all start
together, and none should wait for the libraries of another.

Longer than 300 lines because it lists every command, each a few lines.
"""

import argparse
import gc
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from config import logging as log_setup
from config.problems import ContentError, SettingsError
from config.processes import CannotStart, Interrupted
from config.settings import ROOT, Settings, settings_here
from config.valkey import NoServer
from telephony.carrier import CarrierError

if TYPE_CHECKING:
    from tools import Tools

OK, FAILED, MISUSED = 0, 1, 2
SELDOM = 20_000  # objects until the garbage collector looks for cycles: at Python's 700 it was an eighth of each start
Arguments = argparse.Namespace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Every foreseeable problem is told in a sentence, not in a traceback."""
    options = _parsed(parser(), arguments)
    try:
        return int(options.run(options) or OK)
    except (SettingsError, ContentError, NoServer, CannotStart) as error:
        print(error, file=sys.stderr)
        return FAILED
    except CarrierError as error:
        where = settings_here().twilio_api_base_url or "Twilio"
        print(f"{where}: {error}; TWILIO_API_BASE_URL and the credentials say whom we ask, as whom", file=sys.stderr)
        return FAILED
    except (KeyboardInterrupt, Interrupted):
        return 130
    except _database_errors() as error:
        if told := _of_the_database(error):
            print(f"the database of DATABASE_URL: {told}", file=sys.stderr)
            return FAILED
        raise


def _database_errors() -> type[Any]:
    """What a database may raise; loaded only when something was raised."""
    from sqlalchemy.exc import DBAPIError

    return DBAPIError


def _of_the_database(error: Any) -> str | None:
    """What is to be told of a database that does not answer, or is not ready for us. None: it is a defect of ours."""
    from config.database import Unreachable, lacks_schema

    said = str(error.orig).strip().splitlines()[0]
    if lacks_schema(error):
        return f"{said}; it is new or of an older version: access-center migrate brings it to the present one"
    return said if isinstance(error, Unreachable) else None


def _parsed(known: argparse.ArgumentParser, arguments: Sequence[str] | None) -> Arguments:
    """The options; those of the kill campaign are its own."""
    options, others = known.parse_known_args(arguments)
    if others and options.run is not run_chaos:
        known.error(f"unrecognized arguments: {' '.join(others)}")
    options.others = others
    return options


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = argparse.ArgumentParser(prog="access-center", description="The patient access center.")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    made = command("demo", run_demo, "start everything with embedded parts, and try it")
    made.add_argument("--smoke", action="store_true", help="play Joe's call; exit 0 only if he spoke with Ana")
    made.add_argument("--closed", action="store_true", help="begin with the center closed")
    command("serve", run_serve, "start all product processes on this machine, against what the environment names")
    command("release", run_release, "prove the content, then migrate: what comes before the processes")
    command("migrate", run_migrate, "bring the database to the present schema")
    command("seed", run_seed, "load the demo world")
    command("worker", run_worker, "perform what the carrier is asked (one process of the Procfile)")
    command("clock", run_clock, "do what is due (one process of the Procfile)")
    command("number", run_number, "tell the carrier that calls to CENTER_NUMBER are answered here")
    made = command("import-fhir", run_import, "import a directory: bundles, resources, NDJSON folders")
    made.add_argument("path", nargs="+", type=Path)
    made.add_argument("--dry-run", action="store_true", help="read and report; change nothing")
    made.add_argument("--partial", action="store_true", help="only add and change; close nobody who is not in it")
    made.add_argument("--many-gone", action="store_true", help="allow that more than a fifth of the people are closed")
    made = command("who", run_who, "a patient's current clinician for a skill, with the evidence, as JSON")
    made.add_argument("patient", help="the patient's id in the directory")
    made.add_argument("skill", help="a key of the skills catalogue, such as physical_therapy")
    made.add_argument("--at", type=_instant, help="an instant such as 2026-11-23T10:00:00-06:00; now if left out")
    made = command("staff", run_staff, "the site's own sheet (CSV): confirmed phones, languages, skill levels")
    made.add_argument("action", choices=["export", "import"])
    made.add_argument("file", nargs="?", type=Path, help="the terminal if left out")
    made.add_argument("--dry-run", action="store_true", help="say what would change; change nothing")
    made = command(
        "pins", run_pins, "patients' PINs and visit codes: a sheet (docs/directory.md), or one, asked for here"
    )
    made.add_argument("action", choices=["import", "set"])
    made.add_argument("given", metavar="FILE|PATIENT")
    made.add_argument("--dry-run", action="store_true", help="say what would change; change nothing")
    made = command(
        "proxies", run_proxies, "the site's sheet of who may call for a patient: their own codes, about which services"
    )
    made.add_argument("action", choices=["export", "import"])
    made.add_argument("file", nargs="?", type=Path, help="the terminal if left out")
    made.add_argument("--dry-run", action="store_true", help="say what would change; change nothing")
    made = command("wishes", run_wishes, "how patients want to be reached: one number alone, no messages, no texts")
    made.add_argument("action", choices=["import"])
    made.add_argument("file", type=Path)
    made.add_argument("--dry-run", action="store_true", help="say what would change; change nothing")
    command("rotate-keys", run_rotate, "seal all personal columns with the first of the DATA_KEYS")
    command("check-config", run_check, "prove the content of CLINIC_CONFIG before it serves")
    made = command("walk", run_walk, "walk every path of the conversation offline, and play the clinic's scenarios")
    made.add_argument("--language", help="only paths in this language")
    made.add_argument("--line", help="only calls to this line")
    made.add_argument("--at", metavar="TIME", help='only as the hours are then: "monday 10:00", "2026-12-25 10:00"')
    made.add_argument(
        "--given", action="append", default=[], metavar="FACT=VALUE", help="only so: own.presence=away, staff.on_duty=0"
    )
    made.add_argument(
        "--scenarios", nargs="*", type=Path, metavar="PATH", help="only play scenarios (docs/scenarios.md)"
    )
    made = command("config", run_config, "versions of the content that served calls: list, compare, bring one back")
    made.add_argument("action", choices=["versions", "diff", "export"])
    made.add_argument("given", nargs="*", metavar="FOLDER|VERSION", help="diff BEFORE AFTER; export VERSION FOLDER")
    made = command("call", run_call, "a phone in the terminal, on the running demo")
    made.add_argument("--from", dest="caller", default="+13125550142", help="the phone that calls (Joe's)")
    made.add_argument(
        "--script", help="acts: wait:WORDS, keys, say:WORDS, hang; such as 'wait:press 1;1;say:exercises;hang'"
    )
    made = command("user", run_user, "accounts of the pages")
    made.add_argument("action", choices=["add", "list", "password", "pin", "stop", "start", "reset-factor"])
    made.add_argument("login", nargs="?")
    made.add_argument("--role", choices=["clinician", "supervisor", "admin", "auditor"])
    made.add_argument("--clinician", help="the clinician's id in the directory, for that role")
    made.add_argument("--staff-number", help="pin: the number he signs in with by phone; the next one if left out")
    made = command("hours", run_hours, "force the center open or closed, or lift that")
    made.add_argument("state", choices=["open", "closed", "normal"])
    made = command("preview", run_preview, "what happens at an instant: open or not, why, and what a caller hears")
    made.add_argument("--at", type=_instant, help="an instant such as 2026-11-23T10:00:00-06:00; now if left out")
    made.add_argument("--line", default="", help="its key or its number; the first one if left out")
    made.add_argument("--service", default="", help="by its own hours, and what he hears who asks for it")
    made = command("replay", run_replay, "one call's story, from the journal")
    made.add_argument("call")
    made = command("explain", run_explain, "why each clinician was chosen for a call")
    made.add_argument("call")
    made = command("what-if", run_what_if, "replay the past under other rules, another roster or other skills")
    made.add_argument("--days", type=int, default=30, help="how many whole days of the record (and today)")
    made.add_argument("--calls", type=Path, metavar="CSV", help="past calls from a file instead; needs --roster")
    made.add_argument("--roster", type=Path, metavar="CSV", help="who was at work then; else seen from who answered")
    made.add_argument("--policy", type=Path, metavar="FOLDER", help="the variant's content, instead of CLINIC_CONFIG")
    made.add_argument("--variant-roster", type=Path, metavar="CSV", help="the variant's shifts and skills")
    made.add_argument("--staffing", action="store_true", help="how many are needed in each half hour of the week")
    made.add_argument("--seconds", type=float, default=30, help="in time: answered within so many seconds")
    made.add_argument("--level", type=float, default=0.8, help="the share wanted in time, for --staffing")
    made.add_argument("--absent", type=float, default=0.0, help="the share of paid time without calls, for --staffing")
    made.add_argument("--save", type=Path, metavar="FOLDER", help="write the past as calls.csv and roster.csv; no more")
    made = command("hurry", run_hurry, "give a waiting caller a bigger head start")
    made.add_argument("call")
    made.add_argument("--seconds", type=int, default=600, help="how much earlier he counts")
    made = command("protect", run_protect, "a visit in which a clinician's phone never rings")
    made.add_argument("clinician", help="the clinician's id in the directory")
    made.add_argument("starts", type=_instant, help="2026-11-23T10:00:00-06:00")
    made.add_argument("ends", type=_instant)
    made = command("promises", run_promises, "the ledger of callbacks: what was promised, kept or not, and why")
    made.add_argument("--days", type=int, default=30, help="promises made in so many days, and all that are open")
    made.add_argument("--csv", action="store_true", help="one row a promise, without names and numbers")
    made = command("export-tasks", run_export_tasks, "callbacks as FHIR R4: a Task each, a Communication for each try")
    made.add_argument("folder", type=Path, help="where Task.ndjson and Communication.ndjson are written")
    made.add_argument("--days", type=int, default=30, help="promises made in so many days, and all that are open")
    command("stats", run_stats, "the last 24 hours, from the journal")
    command("sweep", run_sweep, "one round of everything that is due")
    command("rebuild", run_rebuild, "fill the lines and the duty board from the database")
    made = command("fallback-twiml", run_fallback, "the static documents to host outside these machines")
    made.add_argument("party", nargs="?", choices=["patient", "clinician", "thanks"], default="patient")
    about = "options: --sample N --rate R --minutes M --victim V --only REGEX"
    made = command("chaos", run_chaos, f"kill each process at each point of Joe's call, and print how he ends; {about}")
    made.add_argument("--callbacks", action="store_true", help="at each line of a callback instead (--record FILE)")
    made = command("audit", run_audit, "the audit trail")
    made.add_argument("action", choices=["verify", "export"])
    made.add_argument("--patient", help="export: all accesses to this patient, by id, as CSV")
    made.add_argument("--user", help="export: all that this user touched, by login, as CSV")
    return root


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no instant; write 2026-11-23T10:00:00-06:00") from error
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} has no time zone; write 2026-11-23T10:00:00-06:00")
    return instant


def _settings() -> Settings:
    settings = settings_here()
    log_setup.configure(settings)
    return settings


def _tools() -> "Tools":
    import app

    return app.build_tools(_settings())


def run_demo(options: Arguments) -> int:
    """The whole center with embedded parts."""
    import demo

    return demo.run_smoke() if options.smoke else demo.run(closed=options.closed)


def run_serve(_options: Arguments) -> int:
    """The product's processes."""
    import demo

    return demo.serve(_settings())


def run_release(options: Arguments) -> None:
    """What comes before the processes: nothing unproven is served."""
    from config.reading import read_content
    from proving.proofs import walked
    from proving.starting import proofs

    settings = _settings()
    read_content(settings.clinic_config, *proofs(settings), walked)
    run_migrate(options)


def run_migrate(_options: Arguments) -> None:
    """The database's schema."""
    from migrations import upgrade

    upgrade(_settings().database_url.get_secret_value())


def run_seed(_options: Arguments) -> None:
    """The demo world."""
    import seeding

    for text in seeding.seed(_tools()):
        print(text)


def run_worker(_options: Arguments) -> None:
    """A worker."""
    import app

    app.run_worker(_tools())


def run_clock(_options: Arguments) -> None:
    """A clock."""
    import clock

    clock.run(_tools())


def run_number(_options: Arguments) -> None:
    """The carrier's number."""
    import seeding

    tools = _tools()
    seeding.point_numbers(tools)
    print(f"calls to {tools.settings.center_number} are answered at {tools.settings.public_base_url}")


def run_import(options: Arguments) -> int:
    """The directory's import."""
    import importing

    return importing.import_fhir(
        _tools(), options.path, dry=options.dry_run, partial=options.partial, many_gone=options.many_gone
    )


def run_who(options: Arguments) -> int:
    """A patient's own clinician."""
    import importing

    return importing.who(_tools(), options.patient, options.skill, options.at)


def run_staff(options: Arguments) -> int:
    """The staff sheet."""
    import importing

    return importing.staff_sheet(_tools(), options.action, options.file, dry=options.dry_run)


def run_pins(options: Arguments) -> int:
    """Patients' PINs."""
    import importing

    tools, given = _tools(), options.given
    if options.action == "set":
        return importing.one_pin(tools, given)
    return importing.pin_sheet(tools, Path(given), dry=options.dry_run)


def run_proxies(options: Arguments) -> int:
    """The sheet of proxies."""
    import importing

    return importing.proxy_sheet(_tools(), options.action, options.file, dry=options.dry_run)


def run_wishes(options: Arguments) -> int:
    """The sheet of patients' wishes."""
    import importing

    return importing.wish_sheet(_tools(), options.file, dry=options.dry_run)


def run_rotate(_options: Arguments) -> int:
    """The keys of personal columns."""
    import importing

    return importing.rotate_keys(_tools())


def run_check(_options: Arguments) -> None:
    """The content."""
    from config.approval import unapproved
    from config.catalogue import read_catalogue
    from config.reading import read_content
    from proving.proofs import Seen, walked
    from proving.starting import proofs

    settings, seen, began = _settings(), Seen(), process_time()
    folder = settings.clinic_config
    content = read_content(folder, *proofs(settings), lambda content: walked(content, seen))
    skills = read_catalogue(folder).keys
    counts = f"{len(content.menus)} menus, {len(content.services)} services, {len(content.languages)} languages, "
    counts += f"{len(skills)} skills"
    print(f"content {content.version[:12]} is sound: {counts}")
    print(f"walked {seen.steps} steps of {seen.places} places in {len(seen.stages)} stages, and found no breach")
    print(f"proven in {process_time() - began:.1f} s of this processor's time")
    for where, found, accepted in unapproved(content):
        print(f"warning: {'.'.join(map(str, where))}: {found}; production wants {accepted}")


def run_walk(options: Arguments) -> int:
    """The conversation, offline."""
    import rehearsing
    from config.reading import read_content
    from proving.starting import proofs

    settings = _settings()
    content = read_content(settings.clinic_config, *proofs(settings))
    try:
        sound = rehearsing.run(rehearsing.Asked.of(options), content, settings.clinic_config)
    except rehearsing.CannotWalkError as error:
        print(error, file=sys.stderr)
        return MISUSED
    return OK if sound else FAILED


def run_config(options: Arguments) -> int:
    """Versions of the content."""
    import publishing

    return publishing.ACTIONS[options.action](_tools(), *options.given)


def run_call(options: Arguments) -> int:
    """A phone in the terminal."""
    settings = _settings()
    address = settings.twilio_api_base_url or f"http://127.0.0.1:{settings.emulator_port}"
    script = ["--script", options.script] if options.script else []
    numbers = ["--from", options.caller, "--to", settings.center_number]
    # The emulator is another program: it is started, never imported.
    return subprocess.call([sys.executable, "-m", "emulator.terminal", "--emulator", address, *numbers, *script])


def run_user(options: Arguments) -> int:
    """An account of the pages."""
    import accounts

    return accounts.run(
        _tools(),
        options.action,
        options.login,
        role=options.role,
        clinician=options.clinician,
        staff_number=options.staff_number,
    )


def run_hours(options: Arguments) -> None:
    """Forced hours."""
    from actions import Actions

    Actions(_tools()).set_hours(options.state, None, "command line")


def run_preview(options: Arguments) -> int:
    """What happens at an instant."""
    import previewing

    tools = _tools()
    try:
        told = previewing.preview(tools, options.at or tools.now(), options.line, options.service)
    except previewing.NotThere as problem:
        print(problem, file=sys.stderr)
        return FAILED
    print(*told.lines(), sep="\n")
    return OK


def run_replay(options: Arguments) -> int:
    """A call's story."""
    import telling

    tools = _tools()
    with tools.database.reading() as tx:
        story = telling.story_of(tx, options.call, tools)
    print("\n".join(story))
    return OK if story else _no_such_call(options.call)


def _no_such_call(call: str) -> int:
    print(f"no call {call!r} in the journal; ids stand on the supervisor's board", file=sys.stderr)
    return FAILED


def run_explain(options: Arguments) -> int:
    """A call's decisions."""
    import telling

    tools = _tools()
    with tools.database.reading() as tx:
        decisions = telling.decisions_of(tx, options.call, tools)
    print("\n".join(decisions))
    return OK if decisions else _no_such_call(options.call)


def run_hurry(options: Arguments) -> int:
    """A bigger head start."""
    from overseeing import Overseeing

    why_not = Overseeing(_tools()).hurry(options.call, options.seconds, "command line")
    print(why_not or "done", file=sys.stderr if why_not else sys.stdout)
    return FAILED if why_not else OK


def run_protect(options: Arguments) -> None:
    """A visit."""
    from actions import Actions

    Actions(_tools()).protect(options.clinician, options.starts, options.ends, "command line")


def run_what_if(options: Arguments) -> int:
    """The past under other rules."""
    import forecasting

    try:
        for line in forecasting.told(forecasting.Question.of(options), _settings(), _tools):
            print(line)
    except (forecasting.NothingToReplay, forecasting.BadTrace, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    return OK


def run_promises(options: Arguments) -> int:
    """The ledger."""
    import telling

    lines, agree = telling.promises_of(_tools(), options.days, as_sheet=options.csv)
    print("\n".join(lines))
    return OK if agree else FAILED


def run_export_tasks(options: Arguments) -> None:
    """Promises as FHIR."""
    import telling

    print(telling.export_tasks(_tools(), options.days, options.folder))


def run_stats(_options: Arguments) -> None:
    """Counts of a day."""
    import calls.store
    from calls import accuracy, metrics, surveys

    tools = _tools()
    with tools.database.reading() as tx:
        facts = calls.store.facts_since(tx, tools.now() - timedelta(days=1))
    entries = [metrics.Entry(fact.at, fact.call_id, fact.fact, fact.details) for fact in facts]
    counts: dict[str, object] = {**metrics.as_dict(metrics.fold(entries))}
    counts |= accuracy.report(entries, tools.content.home.zone)
    if answers := surveys.answers(entries):
        counts["survey"] = answers
    print(json.dumps(counts, indent=2))


def run_sweep(_options: Arguments) -> None:
    """One tick."""
    import clock

    print(f"{clock.tick(_tools())} things done")


def run_rebuild(_options: Arguments) -> None:
    """Redis from SQL."""
    import clock

    tools = _tools()
    tools.lines.clear()
    print(f"{clock.rebuild(tools)} waits and clinicians brought back")


def run_fallback(options: Arguments) -> None:
    """The static documents."""
    from telephony import twiml
    from telephony.urls import Urls

    settings = _settings()
    urls = Urls(settings.public_base_url, settings.fallback_base_url)
    print(twiml.static_document(options.party, operator=settings.operator_number, urls=urls))


def run_chaos(options: Arguments) -> int:
    """The kill campaign of Joe's call, or that of callbacks."""
    module = "tests.chaos.callbacks" if options.callbacks else "tests.chaos"
    return subprocess.call([sys.executable, "-m", module, *options.others], cwd=ROOT)


def run_audit(options: Arguments) -> int:
    """The audit's chain, or one of its lists."""
    import accounts
    from calls import audit_store

    tools = _tools()
    if options.action == "export":
        return accounts.export_trail(tools, patient=options.patient, login=options.user)
    with tools.database.reading() as tx:
        broken = audit_store.verify(tx)
    for problem in broken:
        print(problem)
    print("the audit trail is whole" if not broken else f"{len(broken)} rows are broken")
    return FAILED if broken else OK


if __name__ == "__main__":
    gc.set_threshold(SELDOM)
    raise SystemExit(main())
