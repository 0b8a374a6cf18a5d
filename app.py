"""The composition root: settings become tools, tools become the web, the desk, the worker and the clock.

The only place where things are wired. Nothing happens at import. A function imports what its process alone needs:
all processes of a machine start together, and none should wait for the libraries of another.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
import structlog
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

import jobs
from actions import Actions
from administering import Administering
from answering import Answering
from calling_out import CallingOut
from config import logging as log_setup
from config import valkey
from config.clocks import Clock, clock_for
from config.content import Content
from config.database import Database
from config.reading import content_of, files_of
from config.settings import Settings, settings_here
from config.vault import Vault
from gatherings import Gatherings
from ivr.prompts import Speaker
from noting import Noting
from overseeing import Overseeing
from owing import Owing
from proving.starting import proofs
from routing.lines import Lines
from telephony.pace import Pace
from telephony.twilio_carrier import TwilioCarrier
from telephony.urls import Urls
from tools import Tools

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).parent
JOB_SECONDS = 18  # shorter than the lease of an entry: a job is over before another performer may begin
KEEP_FAILED_SECONDS = 24 * 3600
CHANNEL = "desk"
log = structlog.get_logger("app")


class AllowedJob(Job):
    """A job that can only be that of `jobs.py`: a name put into Redis by someone else runs nothing."""

    @property
    def func(self) -> Any:
        """The job's function, if it is ours."""
        if self.func_name != "jobs.perform":
            raise PermissionError("only jobs.perform may be run")
        return super().func


@dataclass(frozen=True)
class DeskTools:
    """What the pages need, in the words of `desk/tools.py`."""

    database: Database
    vault: Vault
    clock: Clock
    redis: Any
    content: Content
    settings: Settings
    act: Actions
    answer: Answering
    call_out: CallingOut
    gather: Gatherings
    note: Noting
    owe: Owing
    oversee: Overseeing
    administer: Administering


def settings_from_environment() -> Settings:
    """The settings of this process; `SettingsError` lists every problem."""
    return settings_here()


def redis_url(settings: Settings) -> str:
    """The Redis of REDIS_URL, else the bundled server under VAR_DIR, whether it runs already or not."""
    return settings.redis_url.get_secret_value() if settings.redis_url else valkey.own_server(settings.var_dir).url


def redis_client(settings: Settings, *, patient: bool = False) -> redis.Redis:
    """A client that fails fast in a request, or, when `patient`, one that a worker may block on."""
    waits = {} if patient else {"socket_timeout": 1.0, "socket_connect_timeout": 0.5}
    client: redis.Redis = redis.Redis.from_url(redis_url(settings), protocol=2, **waits)
    return client


def build_tools(settings: Settings) -> Tools:
    """Wire one process's collaborators."""
    files = files_of(settings.clinic_config)
    content = content_of(files, *proofs(settings))
    client = redis_client(settings)
    queues = {urgent: _queue(name, client) for urgent, name in ((True, jobs.OFFERS), (False, jobs.CALLBACKS))}

    def nudge(entry_id: int, tries: int, urgent: bool) -> None:
        queues[urgent].enqueue(
            "jobs.perform",
            entry_id,
            tries,
            job_id=f"entry-{entry_id}-{tries}",
            job_timeout=JOB_SECONDS,
            result_ttl=0,
            failure_ttl=KEEP_FAILED_SECONDS,
        )

    def hint() -> None:
        try:
            client.publish(CHANNEL, "changed")
        except redis.RedisError as error:
            log.info("pages_not_told", error=type(error).__name__)

    clock = clock_for(settings)
    return Tools(
        settings=settings,
        clock=clock,
        database=Database(settings.database_url.get_secret_value()),
        vault=Vault(settings.vault_keys()),
        content=content,
        speaker=Speaker(content),
        urls=Urls(settings.public_base_url, settings.fallback_base_url),
        carrier=TwilioCarrier(
            account=settings.twilio_account_sid,
            token=settings.twilio_auth_token.get_secret_value(),
            base_url=settings.twilio_api_base_url,
            center=settings.center_number,
        ),
        pace=Pace(client, settings.carrier_calls_per_second, clock.now),
        lines=Lines(client),
        nudge=nudge,
        hint=hint,
        files=files,
    )


def _queue(name: str, client: redis.Redis) -> Queue:
    return Queue(name, connection=client, serializer=JSONSerializer, job_class=AllowedJob)


def create_web(tools: Tools | None = None) -> "Flask":
    """The carrier's application."""
    from flask import Flask

    import webhooks
    from health import add_health_routes

    tools = tools or _tools_of_process()
    app = Flask("web", static_folder=None)
    app.extensions["tools"] = tools
    webhooks.init(app)
    add_health_routes(app, tools)
    return app


def create_desk(tools: Tools | None = None) -> "Flask":
    """The pages."""
    from flask import Flask, Response

    import desk

    tools = tools or _tools_of_process()
    folder = ROOT / "desk"
    app = Flask("desk", template_folder=str(folder / "templates"), static_folder=str(folder / "static"))
    app.extensions["tools"] = DeskTools(
        database=tools.database,
        vault=tools.vault,
        clock=tools.clock,
        redis=redis_client(tools.settings),
        content=tools.content,
        settings=tools.settings,
        act=Actions(tools),
        answer=Answering(tools),
        call_out=CallingOut(tools),
        gather=Gatherings(tools),
        note=Noting(tools),
        owe=Owing(tools),
        oversee=Overseeing(tools),
        administer=Administering(tools),
    )
    desk.init(app)
    app.extensions["in_each_process"] = desk.end_streams_on_sigterm  # config/gunicorn_desk.py calls it

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    return app


def _tools_of_process() -> Tools:
    settings = settings_from_environment()
    log_setup.configure(settings)
    return build_tools(settings)


def run_worker(tools: Tools) -> None:
    """Perform nudges until told to stop. No fork per job: a ring starts in milliseconds, and rows guard the rest."""
    jobs.bind(tools)
    client = redis_client(tools.settings, patient=True)
    queues = [_queue(name, client) for name in (jobs.OFFERS, jobs.CALLBACKS)]
    worker = SimpleWorker(
        queues,
        connection=client,
        serializer=JSONSerializer,
        job_class=AllowedJob,
        worker_ttl=30,
        maintenance_interval=15,
        job_monitoring_interval=10,
    )
    worker.work(with_scheduler=False, logging_level="WARNING")
