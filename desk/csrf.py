"""Refuses writes that another site, or an old page, sends in a signed-in person's name."""

from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import Forbidden

__all__ = ["PLACE", "generate_csrf", "init", "protect"]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"same-origin", "none"})
# Where a fragment that is drawn for many has each one's own token. No text of anybody's can be taken for it: in those
# the bracket is escaped.
PLACE = Markup("<token>")

protect = CSRFProtect()


def init(app: Flask) -> None:
    """Every write needs the session's token. It lives as long as the session, whose end we judge ourselves."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.config["WTF_CSRF_SSL_STRICT"] = False  # we send no referrer; the browser's own word is checked instead
    protect.init_app(app)
    app.before_request(_from_our_pages)
    app.register_error_handler(CSRFError, _refused)


def _from_our_pages() -> None:
    """Browsers say where a request comes from; a write or an event stream asked for by another site is refused."""
    site = request.headers.get("Sec-Fetch-Site")
    quiet = request.method in READING and not request.path.endswith("/stream")
    if site is not None and site not in OURS and not quiet:
        raise Forbidden


def _refused(_error: CSRFError) -> tuple[str, int]:
    return render_template("desk/message.html", title="This page was too old", words=OLD_PAGE), 400


OLD_PAGE = "Nothing was changed. Go back, reload the page and try again."
