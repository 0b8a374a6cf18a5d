"""Which content serves a call: the one it entered with, to its end, whatever is published in the meantime.

The first call of a version keeps its files in the database; any process of any machine can read them back.
"""

from dataclasses import replace

import structlog
from sqlalchemy import Connection

from calls import contents_store
from config.problems import ContentError
from config.reading import content_of
from ivr.prompts import Speaker
from tools import Edition, Tools

log = structlog.get_logger("editions")


def keep(tx: Connection, tools: Tools) -> None:
    """See to it that the present content can be read back as long as its calls go on."""
    version = tools.content.version
    if version in tools.editions:
        return
    if contents_store.is_kept(tx, version):
        tools.editions[version] = Edition(tools.content, tools.speaker)  # not before it is seen to be committed
    else:
        contents_store.keep(tx, version, tools.files, tools.now())


def serving(tx: Connection, version: str, tools: Tools) -> Tools:
    """The tools with the content of a call that entered with `version`; with the present one if that is not kept."""
    if version in ("", tools.content.version):
        return tools
    edition = tools.editions.get(version) or _read_back(tx, version, tools)
    return replace(tools, content=edition.content, speaker=edition.speaker) if edition else tools


def _read_back(tx: Connection, version: str, tools: Tools) -> Edition | None:
    files = contents_store.files_of(tx, version)
    try:
        content = content_of(files) if files else None
    except ContentError:  # a release after it was published wants more of a content
        content = None
    if content is None:
        log.warning("content_not_readable", version=version[:12])
        return None
    edition = tools.editions[version] = Edition(content, Speaker(content))
    return edition
