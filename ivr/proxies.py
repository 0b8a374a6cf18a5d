"""A caller who is not the patient: what he may speak about. Beyond that he learns nothing, and a person helps him."""

from datetime import date

from config.content import Service
from directory.patients import years
from ivr.copying import replace
from ivr.session import Session

TEEN_YEARS = range(12, 18)  # in which a patient may have care that his parents are not told of


def may_hear(session: Session, key: str, service: Service) -> bool:
    """Whether the caller, if he is a proxy, may speak about this service."""
    return within(key, service, proxy=session.proxy, scope=session.scope, teen=session.teen)


def within(key: str, service: Service, *, proxy: str | None, scope: tuple[str, ...], teen: bool) -> bool:
    """Whether this proxy may speak about this service; nobody (None) stands for the patient himself."""
    if proxy is None:
        return True
    return (not scope or key in scope) and not (teen and service.teen_confidential)


def as_stranger(session: Session) -> Session:
    """The session of somebody of whom we know nothing, nor which number or which callback is the patient's."""
    unknown = {"patient": None, "proxy": None, "scope": (), "teen": False, "own": None, "own_given": "", "team": ()}
    unheard = {"callback_number": "", "on_file": False, "promise": "", "offered": (), "wants_own": False}
    return replace(session, level=0, **unknown, **unheard)  # type: ignore[arg-type]


def is_teen(birth_date: str, today: date) -> bool:
    """Whether somebody born on this ISO date is 12 to 17 today."""
    return years(birth_date, today) in TEEN_YEARS
