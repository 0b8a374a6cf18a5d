"""How gunicorn serves the pages: many threads, because each open page keeps one for its live events."""

import os
from pathlib import Path
from typing import Any

from config.settings import settings_here

_settings = settings_here()
bind = f"{_settings.host}:{_settings.desk_port}"
worker_class = "gthread"
workers = 2
preload_app = True  # read once, then forked: connections and threads are made on first use, so none is shared
threads = 64
timeout = 30
graceful_timeout = 15
keepalive = 5
accesslog = None
errorlog = "-"
loglevel = "warning"
CALLERS_FIRST = 10  # niceness: on a machine that serves both, no call waits for a page
control_socket_disable = True  # it could stop the server, and wants a writable home folder
# Where a disk is slow, a worker's sign of life on it can be late and cost the worker its life.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def post_worker_init(worker: Any) -> None:
    """What is to be done in each process that serves pages, once the server's own signals are set."""
    os.nice(CALLERS_FIRST)
    worker.wsgi.extensions["in_each_process"](worker.wsgi)
