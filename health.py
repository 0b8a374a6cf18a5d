"""Is this process alive, are its dependencies, and what does it count? For load balancers and monitoring."""

from datetime import timedelta

from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import calls.store
import routing.store
from tools import Tools


def add_health_routes(app: Flask, tools: Tools) -> None:
    """`/healthz` alive, `/readyz` dependencies with degraded modes by name, `/metrics` for Prometheus."""

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.get("/readyz")
    def ready() -> tuple[Response, int]:
        degraded = degraded_modes(tools)
        # Without Redis calls are still answered and promises kept; without the database only the rescue is.
        return jsonify({"ready": "no-database" not in degraded, "degraded": degraded}), (
            503 if "no-database" in degraded else 200
        )

    registry = CollectorRegistry()
    registry.register(CenterCollector(tools))

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def degraded_modes(tools: Tools) -> list[str]:
    """The names of what is missing: no-database, no-redis, sweep-behind."""
    modes = []
    try:
        with tools.database.reading() as tx:
            tx.execute(text("SELECT 1"))
            overdue = calls.store.due_entries(tx, tools.now() - timedelta(seconds=30), most=1)
        modes += ["sweep-behind"] if overdue else []
    except SQLAlchemyError:
        modes.append("no-database")
    try:
        tools.lines.server()
    except RedisError:
        modes.append("no-redis")
    return modes


class CenterCollector(Collector):
    """Gauges read from SQL when asked for: a restart loses none, and no process keeps files."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def collect(self) -> list[GaugeMetricFamily]:
        """People by state, waits by state."""
        people = GaugeMetricFamily("center_clinicians", "Clinicians by presence", labels=["state"])
        waits = GaugeMetricFamily("center_waits", "Open waits by state", labels=["state", "kind"])
        with self._tools.database.reading() as tx:
            _count(people, [(row.state,) for row in routing.store.presences(tx)])
            _count(waits, [(wait.state, wait.kind) for wait in routing.store.waits_open(tx)])
        return [people, waits]


def _count(family: GaugeMetricFamily, labels: list[tuple[str, ...]]) -> None:
    for label in dict.fromkeys(labels):
        family.add_metric(label, labels.count(label))
