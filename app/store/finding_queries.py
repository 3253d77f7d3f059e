"""The audit's own SQL. One text for both databases; constants only, values are always bound."""

# ruff: noqa: S608 - pieces of one constant text are put together, nothing from outside

from collections.abc import Mapping

# Nothing is said to a flood that was told once to slow down; else only for one of the reasons that stand here.
_NO_REASON_FOR_SILENCE = """i.person NOT IN :engineers AND i.text NOT LIKE '%@%' AND NOT {his_case}
      AND NOT EXISTS (SELECT 1 FROM inbound e WHERE e.channel = i.channel AND e.room = i.room AND e.person = i.person
        AND e.text = i.text AND e.id < i.id AND e.received_at >= {shortly_before})"""
_NO_REPLY = "NOT EXISTS (SELECT 1 FROM outbox o WHERE o.inbound_id = i.id AND o.way = 'reply')"
_HIS_CASE = """EXISTS (
    SELECT 1 FROM "case" c JOIN conversation v ON v.id = c.conversation_id
    WHERE v.channel = i.channel AND v.person = i.person AND c.opened_at <= {shortly_after}
      AND (c.closed_at IS NULL OR c.closed_at >= {shortly_before}) {more})"""
_OPEN_CASE, _TAKEN_CASE = _HIS_CASE.replace("{more}", ""), _HIS_CASE.replace("{more}", "AND c.taken_at IS NOT NULL")
# An engineer was told of this very code: in a case of that channel, by its words or by a page.
_TOLD = """EXISTS (
    SELECT 1 FROM "case" c JOIN conversation v ON v.id = c.conversation_id
    WHERE v.channel = o.channel AND o.error <> '' AND (CAST(c.words AS TEXT) LIKE '%' || {code} || '%'
      OR EXISTS (SELECT 1 FROM outbox p WHERE p.case_id = c.id AND p.way = 'page'
        AND p.created_at >= :since AND p.markdown LIKE '%' || {code} || '%')))"""
# A page that is said together with others has the fate of the one that speaks for it.
_PAGES = """(
    SELECT p.id, p.channel, p.case_id, p.finished_at, p.error, p.way,
      CASE WHEN p.state = 'bundled' THEN l.state ELSE p.state END AS state
    FROM outbox p LEFT JOIN outbox l ON l.id = p.bundled_into WHERE p.way = 'page')"""

# A plan with office hours: nobody is called before they begin, and the person was told so.
_WAITS_FOR_HOURS = """(c.step = 0 AND CAST(c.plan AS TEXT) LIKE '%"hours": {%' AND EXISTS (
    SELECT 1 FROM timer t WHERE t.kind = 'escalate' AND t.subject = c.id AND t.due_at >= :soon))"""

QUERIES: Mapping[str, str] = {
    "unanswered": f"""
        SELECT i.id AS number, i.channel AS channel, i.received_at AS moment, i.action AS code FROM inbound i
        WHERE i.received_at >= :since AND i.received_at < :soon AND i.action <> 'slowed' AND {_NO_REPLY}
          AND (i.action <> 'ignore' OR ({_NO_REASON_FOR_SILENCE.replace("{his_case}", _TAKEN_CASE)}))""",
    "handoff_lost": f"""
        SELECT i.id AS number, i.channel AS channel, i.received_at AS moment, i.action AS code FROM inbound i
        WHERE i.received_at >= :since AND i.received_at < :soon AND i.action = 'handoff'
          AND NOT {_OPEN_CASE}""",
    "conversation_behind": """
        SELECT i.id AS number, i.channel AS channel, i.received_at AS moment, i.action AS code FROM inbound i
        LEFT JOIN conversation v ON v.channel = i.channel AND v.room = i.room AND v.person = i.person
        WHERE i.received_at >= :since AND i.received_at < :soon
          AND i.action NOT IN ('ignore', 'slowed', 'stale', 'command', 'withheld', '')
          AND (v.id IS NULL OR v.updated_at < {shortly_before})""",
    "stuck": """
        SELECT o.id AS number, o.channel AS channel, o.created_at AS moment, o.error AS code FROM outbox o
        WHERE o.state IN ('due', 'sending') AND o.created_at < :late""",
    "failed": f"""
        SELECT o.id AS number, o.channel AS channel, o.finished_at AS moment, o.error AS code FROM outbox o
        WHERE o.state = 'failed' AND o.way NOT IN ('page', 'card') AND o.finished_at >= :since
          AND NOT EXISTS (SELECT 1 FROM outbox n
            WHERE n.inbound_id = o.inbound_id AND n.way = o.way AND n.state = 'sent')
          AND NOT {_TOLD}""",
    "unknown": """
        SELECT o.id AS number, o.channel AS channel, o.finished_at AS moment, o.error AS code FROM outbox o
        WHERE o.state = 'unknown' AND o.way NOT IN ('page', 'card') AND o.finished_at >= :since""",
    "page_lost": f"""
        SELECT o.case_id AS number, o.channel AS channel, o.finished_at AS moment, o.error AS code FROM {_PAGES} o
        JOIN "case" c ON c.id = o.case_id AND c.state = 'waiting'
        WHERE o.state IN ('failed', 'moved', 'unknown') AND o.finished_at < :soon
          AND NOT EXISTS (SELECT 1 FROM {_PAGES} n WHERE n.case_id = o.case_id AND n.id > o.id)""",
    "unpaged": f"""
        SELECT c.id AS number, v.channel AS channel, c.opened_at AS moment, '' AS code FROM "case" c
        JOIN conversation v ON v.id = c.conversation_id
        WHERE :paging = 1 AND c.state = 'waiting' AND c.opened_at < :soon AND c.opened_at >= :kept
          AND NOT EXISTS (SELECT 1 FROM {_PAGES} p WHERE p.case_id = c.id AND p.state = 'sent')
          AND NOT {_WAITS_FOR_HOURS}""",
    "timer_missing": """
        SELECT c.id AS number, v.channel AS channel, c.opened_at AS moment, '' AS code FROM "case" c
        JOIN conversation v ON v.id = c.conversation_id
        WHERE c.state = 'waiting' AND c.opened_at < :soon AND c.step <= json_array_length(c.waits) + c.repeats
          AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.kind = 'escalate' AND t.subject = c.id)""",
    "plan_used_up": """
        SELECT c.id AS number, v.channel AS channel, c.opened_at AS moment, '' AS code FROM "case" c
        JOIN conversation v ON v.id = c.conversation_id
        WHERE c.state = 'waiting' AND c.step > json_array_length(c.waits) + c.repeats
          AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.kind = 'escalate' AND t.subject = c.id)""",
    "timer_overdue": """
        SELECT t.subject AS number, '' AS channel, t.due_at AS moment, t.kind AS code FROM timer t
        WHERE t.due_at < :soon""",
    "silenced": """
        SELECT c.id AS number, v.channel AS channel, MAX(i.received_at) AS moment, '' AS code FROM "case" c
        JOIN conversation v ON v.id = c.conversation_id
        JOIN inbound i ON i.channel = v.channel AND i.person = v.person AND i.room = v.room
          AND i.action = 'ignore' AND i.received_at >= c.taken_at
        WHERE c.state = 'taken' GROUP BY c.id, v.channel HAVING MAX(i.received_at) < :silent""",
}
LOOKED_AT = {
    "messages": "SELECT COUNT(*) FROM inbound WHERE received_at >= :since",
    "cases": """SELECT COUNT(*) FROM "case" WHERE opened_at >= :since OR closed_at IS NULL""",
    "lines": "SELECT COUNT(*) FROM outbox WHERE created_at >= :since",
}
DIALECTS: Mapping[str, Mapping[str, str]] = {  # what the two databases do not say alike
    "sqlite": {
        "{shortly_before}": "datetime(i.received_at, '-2 minutes')",
        "{shortly_after}": "datetime(i.received_at, '+2 minutes')",
        "{code}": "substr(o.error, 1, instr(o.error || ' ', ' ') - 1)",
    },
    "postgresql": {
        "{shortly_before}": "i.received_at - interval '2 minutes'",
        "{shortly_after}": "i.received_at + interval '2 minutes'",
        "{code}": "split_part(o.error, ' ', 1)",
    },
}
LISTED = "{query} ORDER BY 3, 1 LIMIT {most}"
COUNTED = "SELECT COUNT(*) FROM ({query}) q"
