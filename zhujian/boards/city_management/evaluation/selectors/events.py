"""The rows that counts are made of: one subquery per source over the tables of `command`, read only, values as parameters.

Parameters: `start`, `end` (moments; `end` is not after now), `until` (what happened by then may still correct a dispatch), `counties`
(six-digit keys), and the parameters of `evaluation.*`. Row-level security decides what is visible besides.
"""

from __future__ import annotations

# Moments: disposed of by the end of the period (a rework makes it undone again), closed by then.
HANDLED = "handled_by_then"
DUE = "handle_moment >= %(start)s AND handle_moment < %(end)s"
CLOSE_DUE = "close_moment >= %(start)s AND close_moment < %(end)s"
ON_TIME = "((due IS NULL OR handled_at <= due) AND overdue_earlier_s = 0 OR exempt)"

_CASE_ROWS = """
  SELECT c.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code, c.org_code, NULL::bigint AS inspector,
    c.accepted_by AS acceptor, c.dispatched_by AS dispatcher, c.accepted_at, c.registered_at, c.register_due, c.handled_at, c.due, c.overdue_earlier_s,
    c.exempt, c.urgent, c.supervise_level, c.reworks, c.satisfaction, c.class_code,
    c.handled_at IS NOT NULL AND c.handled_at < %(end)s AND c.state NOT IN ('to_dispatch', 'dispatched', 'handling')
      AND c.close_kind NOT IN ('void', 'duplicate') AS handled_by_then,
    c.closed_at IS NOT NULL AND c.closed_at < %(end)s AND c.close_kind IN ('normal', 'forced') AS closed_by_then,
    c.registered_at >= %(start)s AND c.registered_at < %(end)s AND c.close_kind <> 'duplicate' AS registered,
    coalesce(c.called_back_at >= %(start)s AND c.called_back_at < %(end)s, false) AS called_back,
    CASE WHEN c.close_kind NOT IN ('void', 'duplicate') THEN c.due END AS live_due, c.closed_at
  FROM command_case c
  WHERE c.county_key = ANY(%(counties)s) AND c.created_at < %(end)s
    AND (c.closed_at IS NULL OR c.closed_at >= %(start)s OR c.called_back_at >= %(start)s)
"""
CASE = f"""
SELECT k.*,
  LEAST(k.live_due, CASE WHEN k.handled_by_then THEN k.handled_at END) AS handle_moment,
  LEAST(k.live_due, CASE WHEN k.closed_by_then THEN k.closed_at END) AS close_moment,
  k.id IN (SELECT s.case_id FROM command_suspension s WHERE s.county_key = ANY(%(counties)s) AND s.state IN ('running', 'ended')
    AND s.started_at < %(end)s AND (s.ended_at IS NULL OR s.ended_at >= %(end)s)) AND NOT k.handled_by_then AS suspended,
  coalesce(h.same, 0) AS same
FROM ({_CASE_ROWS}) k
LEFT JOIN (SELECT grid_code, class_code, count(*) AS same FROM command_case c
  WHERE c.county_key = ANY(%(counties)s) AND c.registered_at >= %(start)s AND c.registered_at < %(end)s AND c.close_kind <> 'duplicate'
    AND c.grid_code <> '' GROUP BY 1, 2 HAVING count(*) >= %(frequent)s) h
  ON h.grid_code = k.grid_code AND h.class_code = k.class_code
"""  # noqa: S608
REPORT = """
SELECT r.id, coalesce(nullif(r.community, ''), r.region_code) AS place, r.grid_code, NULL::text AS org_code,
  CASE WHEN r.source = ANY(%(inspector_sources)s) THEN r.reporter END AS inspector, r.taken_by AS acceptor, NULL::bigint AS dispatcher,
  r.source, r.state, r.state = 'self_handled' OR c.id IS NOT NULL AS done
FROM command_report r
LEFT JOIN command_case c ON c.id = r.case_id AND c.county_key = ANY(%(counties)s) AND c.closed_at >= %(start)s AND c.closed_at < %(end)s
  AND c.close_kind IN ('normal', 'forced')
WHERE r.county_key = ANY(%(counties)s) AND r.received_at >= %(start)s AND r.received_at < %(end)s
"""
STEP = """
SELECT s.id, coalesce(nullif(c.community, ''), c.region_code) AS place, c.grid_code,
  coalesce(nullif(s.detail ->> 'org_code', ''), c.org_code) AS org_code, NULL::bigint AS inspector,
  NULL::bigint AS acceptor, CASE WHEN s.what = 'dispatch' THEN s.actor END AS dispatcher, s.what, s.case_id,
  NOT (coalesce(s.next_wrong, false) AND NOT c.exempt) AS right_org
FROM (SELECT w.*, lead(w.wrong) OVER (PARTITION BY w.case_id ORDER BY w.id) AS next_wrong FROM (
    SELECT id, case_id, actor, detail, at, {what} AS what, {wrong} AS wrong FROM command_casestep
    WHERE county_key = ANY(%(counties)s) AND action = ANY(%(actions)s) AND at >= %(start)s AND at < %(until)s) w) s
JOIN command_case c ON c.id = s.case_id
WHERE s.at < %(end)s AND s.what <> '' AND NOT (s.what = 'rework' AND c.exempt)
"""
ERRAND = """
SELECT e.id, coalesce(nullif(c.community, ''), e.region_code) AS place, c.grid_code, NULL::text AS org_code, e.inspector,
  NULL::bigint AS acceptor, NULL::bigint AS dispatcher, e.kind, e.case_id,
  coalesce(LEAST(e.due, e.done_at) >= %(start)s AND LEAST(e.due, e.done_at) < %(end)s, false) AS due_now,
  coalesce(e.done_at < %(end)s, false) AS done, coalesce(e.due IS NULL OR e.done_at <= e.due, false) AS on_time
FROM command_errand e JOIN command_case c ON c.id = e.case_id
WHERE e.county_key = ANY(%(counties)s) AND e.sent_at < %(end)s AND (e.done_at IS NULL OR e.done_at >= %(start)s) AND e.result <> 'off'
"""
DEVIATION = """
SELECT d.id, d.region_code AS place, d.grid_code, coalesce(nullif(d.org_code, ''), c.org_code) AS org_code,
  CASE WHEN d.kind = 'missed' THEN d.person END AS inspector,
  CASE WHEN d.kind = 'misfiled' THEN coalesce(d.person, c.accepted_by) END AS acceptor, NULL::bigint AS dispatcher, d.kind
FROM evaluation_deviation d LEFT JOIN command_case c ON c.number = d.case_number AND d.case_number <> ''
WHERE d.county_key = ANY(%(counties)s) AND d.found_on >= %(first_day)s AND d.found_on < %(last_day)s
"""
