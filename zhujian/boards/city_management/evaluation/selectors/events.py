"""The rows that counts are made of: one subquery per source over the tables of `command`, read only, values as parameters.

Parameters: `start`, `end` (moments; `end` is not after now), `until` (what happened by then may still correct a dispatch), `earlier` (92
days before `start`), `counties` (six-digit keys), and the parameters of `evaluation.*`. Row-level security decides what is visible besides.

Whatever happens to a case happens before it is closed, except the call-back: so open cases and those closed since `start` are all that a
period needs, and indexes on the day of closing, of receipt and of an errand's end bound what is read, however many years are kept. A call-back
more than 92 days after the closing is not counted; no errand has a limit that long. A case belongs to time by its acceptance, not by when its row
was written: what an older system hands over counts in its own months.
"""

from __future__ import annotations

EARLIER_DAYS = 92
# Moments: disposed of by the end of the period (a rework makes it undone again), closed by then.
HANDLED = "handled_by_then"
DUE = "due_now"
CLOSE_DUE = "close_due_now"
ON_TIME = "on_time"

_COLUMNS = """c.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code, c.org_code, c.accepted_by AS acceptor,
      c.dispatched_by AS dispatcher, c.accepted_at, c.registered_at, c.register_due, c.urgent, c.supervise_level, c.reworks, c.satisfaction,
      c.class_code, c.exempt, c.closed_at, (c.due IS NULL OR c.handled_at <= c.due) AND c.overdue_earlier_s = 0 OR c.exempt AS on_time,
      CASE WHEN c.handled_at < %(end)s AND c.state NOT IN ('to_dispatch', 'dispatched', 'handling') AND c.close_kind NOT IN ('void', 'duplicate')
        THEN c.handled_at END AS handled,
      CASE WHEN c.closed_at < %(end)s AND c.close_kind IN ('normal', 'forced') THEN c.closed_at END AS closed,
      CASE WHEN c.close_kind NOT IN ('void', 'duplicate') THEN c.due END AS due,
      coalesce(c.registered_at >= %(start)s AND c.registered_at < %(end)s, false) AND c.close_kind <> 'duplicate' AS registered,
      coalesce(c.called_back_at >= %(start)s AND c.called_back_at < %(end)s, false) AS called_back"""
# Where closed cases and reports are looked for. A city's index is in the order of time, as its rows lie: walked county by county, every page
# of the month would be visited as often as the city has counties.
COUNTY, CITY = "county_key = ANY(%(counties)s)", "city_key = ANY(%(cities)s)"
# Every case that a period may need, read once for all that is counted (see `tallies.tally`).
CASES = f"""
SELECT {_COLUMNS}, coalesce(c.accepted_at, c.created_at) < %(end)s AS begun FROM command_case c WHERE c.{COUNTY} AND c.closed_at IS NULL
UNION ALL
SELECT {_COLUMNS}, coalesce(c.accepted_at, c.created_at) < %(end)s FROM command_case c WHERE c.{{near}} AND c.closed_at >= %(start)s
UNION ALL
SELECT {_COLUMNS}, coalesce(c.accepted_at, c.created_at) < %(end)s FROM command_case c WHERE c.{COUNTY} AND c.called_back_at >= %(start)s
  AND c.closed_at >= %(earlier)s AND c.closed_at < %(start)s
"""  # noqa: S608
# The same, by a name that the statement gives them, or as a subquery of a statement that needs them once.
NAMED = "(SELECT * FROM cases WHERE begun)"
_CASE = """
WITH b AS MATERIALIZED {cases},
  hot AS MATERIALIZED (SELECT grid_code, class_code, count(*) AS same FROM b WHERE registered AND grid_code <> '' GROUP BY 1, 2
    HAVING count(*) >= %(frequent)s),
  held AS MATERIALIZED (SELECT DISTINCT s.case_id FROM command_suspension s WHERE s.county_key = ANY(%(counties)s)
    AND s.state IN ('running', 'ended') AND s.started_at < %(end)s AND (s.ended_at IS NULL OR s.ended_at >= %(end)s))
SELECT b.*, NULL::bigint AS inspector, b.handled IS NOT NULL AS handled_by_then, b.closed IS NOT NULL AS closed_by_then,
  coalesce(LEAST(b.due, b.handled) >= %(start)s AND LEAST(b.due, b.handled) < %(end)s, false) AS due_now,
  coalesce(LEAST(b.due, b.closed) >= %(start)s AND LEAST(b.due, b.closed) < %(end)s, false) AS close_due_now,
  held.case_id IS NOT NULL AND b.handled IS NULL AS suspended, coalesce(hot.same, 0) AS same
FROM b LEFT JOIN held ON held.case_id = b.id LEFT JOIN hot ON hot.grid_code = b.grid_code AND hot.class_code = b.class_code
"""
CASE = _CASE.replace("{cases}", f"(SELECT * FROM ({CASES.format(near=COUNTY)}) c WHERE begun)")  # noqa: S608
CASE_SHARED = _CASE.replace("{cases}", NAMED)
_LIVE_SHARED = """(SELECT id, place, grid_code, org_code, exempt FROM cases WHERE closed_at IS NULL OR closed_at >= %(start)s)"""
_LIVE = """(SELECT c.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code, c.org_code, c.exempt FROM command_case c
    WHERE c.county_key = ANY(%(counties)s) AND c.closed_at IS NULL
  UNION ALL SELECT c.id, coalesce(nullif(c.community, ''), c.region_code), c.grid_code, c.org_code, c.exempt FROM command_case c
    WHERE c.county_key = ANY(%(counties)s) AND c.closed_at >= %(start)s)"""
_REPORT = """
SELECT r.id, coalesce(nullif(r.community, ''), r.region_code) AS place, r.grid_code, NULL::text AS org_code,
  CASE WHEN r.source = ANY(%(inspector_sources)s) THEN r.reporter END AS inspector, r.taken_by AS acceptor, NULL::bigint AS dispatcher,
  r.source, r.state, r.state = 'self_handled' OR c.id IS NOT NULL AS done
FROM command_report r
LEFT JOIN {closed}
WHERE r.{near} AND r.received_at >= %(start)s AND r.received_at < %(end)s
"""
REPORT = _REPORT.format(near=COUNTY, closed="""command_case c ON c.id = r.case_id AND c.county_key = ANY(%(counties)s) AND c.closed_at >= %(start)s
  AND c.closed_at < %(end)s AND c.close_kind IN ('normal', 'forced')""")  # fmt: skip
REPORT_SHARED = _REPORT.replace("{closed}", "cases c ON c.id = r.case_id AND c.closed >= %(start)s")  # {near} stays open
STEP = f"""
SELECT s.id, c.place, c.grid_code, coalesce(nullif(s.detail ->> 'org_code', ''), c.org_code) AS org_code, NULL::bigint AS inspector,
  NULL::bigint AS acceptor, CASE WHEN s.what = 'dispatch' THEN s.actor END AS dispatcher, s.what, s.case_id,
  NOT (coalesce(s.next_wrong, false) AND NOT c.exempt) AS right_org
FROM (SELECT w.*, lead(w.wrong) OVER (PARTITION BY w.case_id ORDER BY w.id) AS next_wrong FROM (
    SELECT id, case_id, actor, detail, at, {{what}} AS what, {{wrong}} AS wrong FROM command_casestep
    WHERE {{near}} AND action = ANY(%(actions)s) AND at >= %(start)s AND at < %(until)s) w) s
JOIN {_LIVE} c ON c.id = s.case_id
WHERE s.at < %(end)s AND s.what <> '' AND NOT (s.what = 'rework' AND c.exempt)
"""  # noqa: S608
STEP_SHARED = STEP.replace(_LIVE, _LIVE_SHARED)
ERRAND = f"""
SELECT e.id, c.place, c.grid_code, NULL::text AS org_code, e.inspector, NULL::bigint AS acceptor, NULL::bigint AS dispatcher, e.kind, e.case_id,
  coalesce(LEAST(e.due, e.done_at) >= %(start)s AND LEAST(e.due, e.done_at) < %(end)s, false) AS due_now,
  coalesce(e.done_at < %(end)s, false) AS done, coalesce(e.due IS NULL OR e.done_at <= e.due, false) AS on_time
FROM (SELECT * FROM command_errand WHERE {COUNTY} AND done_at IS NULL
  UNION ALL SELECT * FROM command_errand WHERE {{near}} AND done_at >= %(start)s) e
JOIN {_LIVE} c ON c.id = e.case_id
WHERE e.sent_at >= %(earlier)s AND e.sent_at < %(end)s AND e.result <> 'off'
"""  # noqa: S608
ERRAND_SHARED = ERRAND.replace(_LIVE, _LIVE_SHARED)
DEVIATION = """
SELECT d.id, d.region_code AS place, d.grid_code, coalesce(nullif(d.org_code, ''), c.org_code) AS org_code,
  CASE WHEN d.kind = 'missed' THEN d.person END AS inspector,
  CASE WHEN d.kind = 'misfiled' THEN coalesce(d.person, c.accepted_by) END AS acceptor, NULL::bigint AS dispatcher, d.kind
FROM evaluation_deviation d LEFT JOIN command_case c ON c.number = d.case_number AND d.case_number <> ''
WHERE d.county_key = ANY(%(counties)s) AND d.found_on >= %(first_day)s AND d.found_on < %(last_day)s
"""
