"""What a person sees when a page cannot be given: a sentence and a way on, never a trace."""

from flask import Flask, render_template, request
from werkzeug.exceptions import HTTPException

from desk.notices import Notice

WORDS = {
    400: ("That could not be understood", "Nothing was changed. Go back and try again."),
    401: ("You are signed out", "Sign in again to go on."),
    403: ("This page is not for you", "Your account does not allow it. Ask your administrator if it should."),
    404: ("There is no such page", "It may have been moved, or the thing it showed is gone."),
    405: ("That could not be understood", "Nothing was changed. Go back and try again."),
    413: ("That was too much", "Nothing was changed. Go back and send less."),
}
BESIDE = {"HX-Retarget": "#notices", "HX-Reswap": "outerHTML"}  # the live part stays as it is
TOO_LATE = "That is gone: somebody else may have dealt with it."
ELSE = ("Something went wrong", "Try again in a moment. Calls go on without this page.")


def init(app: Flask) -> None:
    """Give every refusal a page, and every fragment's refusal a fragment."""
    app.register_error_handler(HTTPException, _page_for)


def _page_for(problem: HTTPException) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    code = problem.code or 500
    title, words = WORDS.get(code, ELSE)
    pressed, live = "HX-Request" in request.headers, request.path.endswith("/stream")
    if code == 401 and (pressed or live):
        return render_template("desk/_ended.html"), 401
    if live:
        return render_template("desk/_message.html", title=title, words=words), code
    if pressed:
        return _notice(TOO_LATE if code == 404 else f"{title}. {words}"), code, BESIDE
    return render_template("desk/message.html", title=title, words=words), code


def _notice(words: str) -> str:
    return render_template("desk/_notices.html", notices=[Notice(words, done=False)], beside=False)
