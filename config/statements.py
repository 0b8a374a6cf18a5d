"""Statements of the hot path: compiled once, run on the driver's own cursor, inside a transaction like any other.

SQLAlchemy's execution of a statement costs several times what the database needs for it, and a turn has half a dozen.
What is run at every turn is written with SQLAlchemy's language and its types, and pays for compiling only once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
SLOTS = 16  # parameters that stand for a list


@dataclass
class _Sent:
    """What was sent to PostgreSQL of a transaction whose answers are not waited for."""

    pipeline: Any
    owed: list[tuple[Any, Exception]] = field(default_factory=list)  # who must have changed one row, else this


@contextmanager
def together(tx: Connection) -> Iterator[None]:
    """Inside, PostgreSQL is sent statement after statement, and waited for only where an answer is read.

    For the statements of this module alone. What `ask` asked is read after the block, where all answers have come at
    once. What `put` found is checked at the end. A block inside another is part of it. SQLite is asked one by one.
    """
    if tx.dialect.name == "sqlite" or _Sent in tx.info:
        yield
        return
    driver: Any = tx.connection.dbapi_connection
    try:
        with driver.pipeline() as pipeline:
            sent = tx.info[_Sent] = _Sent(pipeline)
            try:
                yield
            finally:
                del tx.info[_Sent]
    except tx.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy(tx, error) from error
    for cursor, otherwise in sent.owed:
        _one_changed(cursor, otherwise)


def _one_changed(cursor: Any, otherwise: Exception) -> None:
    changed = cursor.rowcount
    cursor.close()
    if changed != 1:
        raise otherwise


class Prepared:
    """One statement for one database.

    `types` are those of the columns it returns, in order.
    """

    def __init__(self, statement: Executable, dialect: Dialect, types: Sequence[TypeEngine[Any]]) -> None:
        assert isinstance(statement, ClauseElement)
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text = str(compiled)
        if "POSTCOMPILE" in self.text:
            raise ValueError("a prepared statement cannot hold what SQLAlchemy writes anew each time: a list, a limit")
        self.fixed = dict(compiled.params)
        self.order = compiled.positiontup
        self.given = {  # by name: one that occurs twice is converted once
            name: convert
            for parameter, name in compiled.bind_names.items()
            if (convert := parameter.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        self.taken = [type_.dialect_impl(dialect).result_processor(dialect, None) for type_ in types]
        self.plain = not any(self.taken)
        # By itself the driver prepares what it has run five times, on each connection anew.
        self.how = {"prepare": True} if dialect.name == "postgresql" else {}

    def values(self, values: Mapping[str, Any]) -> Any:
        """The parameters as the driver wants them."""
        bound = {**self.fixed, **values}
        for name, convert in self.given.items():
            bound[name] = convert(bound[name])
        return [bound[name] for name in self.order] if self.order is not None else bound

    def row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row of the driver's as the statement's types tell it."""
        if self.plain:
            return row
        return tuple(convert(value) if convert else value for convert, value in zip(self.taken, row, strict=True))


@dataclass(frozen=True)
class Asked:
    """The answer to a statement: to be read once."""

    prepared: Prepared
    cursor: Any

    def first(self) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row = self.cursor.fetchone()
        self.cursor.close()
        return self.prepared.row(row) if row is not None else None

    def changed(self) -> int:
        """The number of rows changed; after the block of `together`, if it was asked in one."""
        changed: int = self.cursor.rowcount
        self.cursor.close()
        return changed

    def rows(self) -> list[tuple[Any, ...]]:
        """All rows."""
        found = self.cursor.fetchall()
        self.cursor.close()
        return [self.prepared.row(row) for row in found]


class Statement:
    """A statement that is run at every turn. Its parameters are named with `bindparam`."""

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._prepared: dict[str, Prepared] = {}

    @cached_property
    def _types(self) -> list[TypeEngine[Any]]:
        columns = getattr(self.statement, "exported_columns", None) or ()
        return [column.type for column in columns]

    def ask(self, tx: Connection, values: Mapping[str, Any]) -> Asked:
        """Ask now and read later: of several that are asked in `together`, PostgreSQL answers all in one round trip."""
        return Asked(*self._run(tx, values))

    def first(self, tx: Connection, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The first row, or None."""
        return self.ask(tx, values).first()

    def rows(self, tx: Connection, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """All rows."""
        return self.ask(tx, values).rows()

    def put(self, tx: Connection, values: Mapping[str, Any], otherwise: Exception) -> None:
        """Change exactly one row, else raise this."""
        _, cursor = self._run(tx, values)
        if sent := tx.info.get(_Sent):
            sent.owed.append((cursor, otherwise))
        else:
            _one_changed(cursor, otherwise)

    def change(self, tx: Connection, values: Mapping[str, Any]) -> int:
        """The number of rows changed."""
        asked = self.ask(tx, values)
        if sent := tx.info.get(_Sent):
            sent.pipeline.sync()
        return asked.changed()

    def each(self, tx: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run once for each of these parameters."""
        for values in rows:
            self._run(tx, values)[1].close()

    def _run(self, tx: Connection, values: Mapping[str, Any]) -> tuple[Prepared, Any]:
        prepared = self._for(tx.dialect)
        cursor = tx.connection.cursor()
        try:
            cursor.execute(prepared.text, prepared.values(values), **prepared.how)
        except tx.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise _as_sqlalchemy(tx, error) from error
        return prepared, cursor

    def _for(self, dialect: Dialect) -> Prepared:
        found = self._prepared.get(dialect.name)
        if found is None:
            found = self._prepared[dialect.name] = Prepared(self.statement, dialect, self._types)
        return found


def is_any(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """That the column is one of a list which `in_slots` hands over: a prepared statement's text cannot grow with it."""
    return column.in_([bindparam(f"slot_{number}", type_=column.type) for number in range(SLOTS)])


def in_slots(values: Iterable[str]) -> Iterator[dict[str, str]]:
    """Any number of values as the parameters of `is_any`, so many at a time; the last one fills the free places."""
    listed = sorted(set(values))
    for begin in range(0, len(listed), SLOTS):
        some = listed[begin : begin + SLOTS]
        yield {f"slot_{number}": some[min(number, len(some) - 1)] for number in range(SLOTS)}


def _as_sqlalchemy(tx: Connection, error: Exception) -> DBAPIError:
    """The driver's error as every other statement would raise it; a lost connection takes the whole pool with it."""
    lost = tx.dialect.is_disconnect(error, tx.connection, None)  # type: ignore[arg-type]
    if lost:
        tx.invalidate(error)
        tx.engine.dispose()
    wrapped = DBAPIError.instance(
        None, None, error, tx.dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost
    )
    assert isinstance(wrapped, DBAPIError)
    return wrapped
