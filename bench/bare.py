"""The reference: a Flask view that does nothing, on the same server."""

from flask import Flask, Response


def create() -> Flask:
    """The application."""
    app = Flask("bare", static_folder=None)

    @app.post("/bare")
    def bare() -> Response:
        return Response("<Response/>", mimetype="text/xml")

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok")

    return app
