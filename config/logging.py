"""Sets up logging once for a process: one event a line, aware UTC times, nothing personal, no secrets.

Standard library loggers end in the same place, so that a library's line is masked as ours are. Tracebacks show files,
lines and messages, never the values of variables.
"""

import logging
import sys
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger

from config.privacy import scrubbed
from config.settings import Settings

# At INFO these tell every request, query or job with its arguments.
CHATTY = ("twilio", "twilio.http_client", "urllib3", "werkzeug", "sqlalchemy", "alembic", "rq", "rq.worker", "asyncio")
# These bring handlers of their own, which would write around ours.
INDEPENDENT = ("gunicorn.error", "gunicorn.access", "rq.worker", "flask.app")
_INTERNAL = ("_record", "_from_structlog")


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send everything logged from now on to `stream` (standard error), in the format the settings ask for.

    Calling it again replaces the former set-up. Call it in each process after forking.
    """
    target = stream or sys.stderr
    chain = _chain(settings.secret_values())
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[ProcessorFormatter.remove_processors_meta, _renderer(settings, target)],
        )
    )
    _quieten(handler)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *chain, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a second configure must reach loggers that exist already
    )


def _quieten(handler: logging.Handler) -> None:
    """One handler at the root, none elsewhere, and only warnings from those who tell too much."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in INDEPENDENT:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _chain(secrets: tuple[str, ...]) -> list[Processor]:
    """What every event passes through. The traceback becomes text first, so that masking sees it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _scrubber(secrets),
    ]


def _scrubber(secrets: tuple[str, ...]) -> Callable[[WrappedLogger, str, EventDict], EventDict]:
    def scrub(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        internal = {key: event.pop(key) for key in _INTERNAL if key in event}
        return {**scrubbed(event, secrets), **internal}

    return scrub


def _renderer(settings: Settings, target: TextIO) -> Processor:
    terminal = target.isatty()
    if (settings.log_format or ("console" if terminal else "json")) == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=terminal, exception_formatter=structlog.dev.plain_traceback)
