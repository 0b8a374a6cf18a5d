"""The metadata of every table in the product: a `tables.py` that is not named here does not exist for migrations."""

import callbacks.tables
import calls.tables
import directory.tables
import routing.tables
from config.columns import metadata

TABLES = (callbacks.tables, calls.tables, directory.tables, routing.tables)

__all__ = ["TABLES", "metadata"]
