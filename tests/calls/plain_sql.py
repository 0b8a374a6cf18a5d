"""The figures once more, by somebody who only knows the journal's table and SQL. Nothing here imports how it is folded.

A stay is a first joined_line of a call that stands in no line, with the next fact of that call that ends one. Times are
milliseconds, so that every sum is whole.
"""

import json
import sqlite3
from collections.abc import Iterable

SCHEMA = "CREATE TABLE journal (id INTEGER PRIMARY KEY, call_id TEXT, at INTEGER, fact TEXT, details TEXT)"
STAYS = """
CREATE TABLE stays AS
WITH promised AS (  -- after a promise of its own a call stands in line only to be rung back
    SELECT call_id, MIN(id) AS since FROM journal
     WHERE fact = 'callback_booked' AND COALESCE(json_extract(details, '$.merged'), 0) = 0 GROUP BY call_id
), moves AS (
    SELECT journal.id, journal.call_id, at, fact, details,
           LAG(fact) OVER (PARTITION BY journal.call_id ORDER BY at, journal.id) AS before
      FROM journal LEFT JOIN promised ON promised.call_id = journal.call_id
     WHERE fact IN ('talk_started', 'left_line')
        OR (fact = 'call_ended' AND json_extract(details, '$.party') IN ('patient', 'returned'))
        OR (fact = 'joined_line' AND (since IS NULL OR journal.id < since))
), edges AS (
    SELECT *, LEAD(at) OVER call AS left_at, LEAD(fact) OVER call AS end_fact, LEAD(details) OVER call AS end_details
      FROM (SELECT * FROM moves
             WHERE (fact = 'joined_line') <> (COALESCE(before, '') = 'joined_line')
                OR (fact = 'joined_line' AND before IS NULL))
    WINDOW call AS (PARTITION BY call_id ORDER BY at, id)
)
SELECT call_id, at AS entered_at, left_at,
       json_extract(details, '$.service') AS service, json_extract(details, '$.own') AS own,
       CASE WHEN end_fact IS NULL THEN NULL
            WHEN end_fact = 'talk_started' THEN 'answered'
            WHEN end_fact = 'call_ended' OR json_extract(end_details, '$.why') = 'hung_up' THEN 'gave_up'
            ELSE 'flowed_out' END AS ending,
       (SELECT json_extract(made.details, '$.clinician') FROM journal made
         WHERE made.call_id = edges.call_id AND made.fact = 'offer_made'
           AND json_extract(made.details, '$.offer') = json_extract(end_details, '$.offer')
           AND end_fact = 'talk_started') AS clinician,
       (SELECT MIN(first.at) FROM journal first WHERE first.call_id = edges.call_id) AS arrived_at
  FROM edges WHERE fact = 'joined_line'
"""
INTERVALS = """
SELECT number,
       (SELECT COUNT(*) FROM stays WHERE entered_at < begins AND (left_at IS NULL OR left_at >= begins)) AS carried_in,
       (SELECT COUNT(*) FROM stays WHERE entered_at >= begins AND entered_at < ends) AS offered,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'answered') AS answered,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'gave_up'
           AND left_at - entered_at >= :short) AS abandoned,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'gave_up'
           AND left_at - entered_at < :short) AS short,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'flowed_out') AS flowed_out,
       (SELECT COUNT(*) FROM stays WHERE entered_at < ends AND (left_at IS NULL OR left_at >= ends)) AS carried_out,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'answered'
           AND left_at - entered_at <= CASE service WHEN 'nurse' THEN :nurse ELSE :target END) AS in_time,
       (SELECT COALESCE(SUM(left_at - entered_at), 0) FROM stays
         WHERE left_at >= begins AND left_at < ends AND ending = 'answered') AS waited_ms,
       (SELECT COALESCE(SUM(left_at - arrived_at), 0) FROM stays
         WHERE left_at >= begins AND left_at < ends AND ending = 'answered') AS effort_ms,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'answered'
           AND own IS NOT NULL) AS with_own,
       (SELECT COUNT(*) FROM stays WHERE left_at >= begins AND left_at < ends AND ending = 'answered'
           AND own = clinician) AS own_reached
  FROM spans ORDER BY number
"""
TALKS = """
SELECT number, COUNT(ended.id), COALESCE(SUM(ended.at - begun.at), 0)
  FROM spans
  LEFT JOIN journal ended ON ended.fact = 'talk_ended' AND ended.at >= begins AND ended.at < ends
  LEFT JOIN journal begun ON begun.fact = 'talk_started' AND begun.call_id = ended.call_id
       AND json_extract(begun.details, '$.offer') = json_extract(ended.details, '$.offer')
 GROUP BY number ORDER BY number
"""


def counted(
    journal: Iterable[tuple[str, int, str, dict[str, object]]],
    spans: Iterable[tuple[int, int]],
    *,
    short_ms: int,
    target_ms: int,
    nurse_ms: int,
) -> list[dict[str, int]]:
    """The figures of each span of milliseconds, from entries (call, instant in ms, fact, details) in their order."""
    base = sqlite3.connect(":memory:")
    base.execute(SCHEMA)
    rows = [(call, at, fact, json.dumps(details)) for call, at, fact, details in journal]
    base.executemany("INSERT INTO journal (call_id, at, fact, details) VALUES (?, ?, ?, ?)", rows)
    base.execute("CREATE INDEX by_call ON journal (call_id, fact)")
    base.execute("CREATE INDEX by_fact ON journal (fact, at)")
    base.execute(STAYS)
    base.execute("CREATE INDEX by_left ON stays (left_at)")
    base.execute("CREATE INDEX by_entered ON stays (entered_at)")
    base.execute("CREATE TABLE spans (number INTEGER, begins INTEGER, ends INTEGER)")
    base.executemany("INSERT INTO spans VALUES (?, ?, ?)", [(at, *span) for at, span in enumerate(spans)])
    limits = {"short": short_ms, "target": target_ms, "nurse": nurse_ms}
    found = base.execute(INTERVALS, limits)
    names = [column[0] for column in found.description][1:]
    figures = [dict(zip(names, row[1:], strict=True)) for row in found]
    for number, talks, talk_ms in base.execute(TALKS):
        figures[number] |= {"talks": talks, "talk_ms": talk_ms}
    return figures
