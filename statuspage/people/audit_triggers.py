"""The triggers that keep the audit log, and the one that lets nobody change it.

Made after every migration; what is already as it should be is not touched, so that nothing is locked.
"""

from pathlib import Path

from django.db import connection, transaction

from statuspage.people.audited import Watched, watched

FUNCTIONS = Path(__file__).with_name("audit.sql")
CREATE = """CREATE TRIGGER audit AFTER {added}DELETE OR UPDATE OF {columns} ON {table}
    FOR EACH ROW {when}EXECUTE FUNCTION statuspage_audit({arguments})"""
# Their own changes, and visitors', are nobody's business but theirs; nor are those that mail servers cause.
BY_STAFF = "WHEN (current_setting('statuspage.actor', true) <> '') "
# Also where a session says that it only repeats another server's changes.
GUARD = """CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statuspage_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION statuspage_audit_stays();
ALTER TABLE statuspage_auditentry ENABLE ALWAYS TRIGGER append_only"""
ACTS = """CREATE TRIGGER audit AFTER INSERT ON django_admin_log
    FOR EACH ROW EXECUTE FUNCTION statuspage_audit_act()"""
FOUND = """SELECT relname, tgname, obj_description(pg_trigger.oid, 'pg_trigger') FROM pg_trigger
    JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal
    AND relnamespace = current_schema()::regnamespace AND tgname IN ('audit', 'append_only')"""


def apply() -> None:
    """Makes what is missing, makes anew what is another one now, drops what is too much."""
    with connection.cursor() as cursor:
        cursor.execute(FUNCTIONS.read_text())
        cursor.execute(FOUND)
        found = {(table, name): mark for table, name, mark in cursor}
    wanted = {(each.table, "audit"): (each.mark, _statement(each)) for each in watched()}
    wanted["statuspage_auditentry", "append_only"] = ("1", GUARD)
    wanted["django_admin_log", "audit"] = ("1", ACTS)
    for table, name in found.keys() - wanted.keys():
        _run(f"DROP TRIGGER {name} ON {_quoted(table)}")
    for (table, name), (mark, statement) in wanted.items():
        if found.get((table, name)) != mark:
            on = f"{name} ON {_quoted(table)}"
            _run(f"DROP TRIGGER IF EXISTS {on}; {statement}; COMMENT ON TRIGGER {on} IS '{mark}'")


def _run(statements: str) -> None:
    """One table at a time, and rather not at all than in everybody's way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute(statements)


def _statement(each: Watched) -> str:
    lists = (each.labels, each.left_out, each.hidden)
    arguments = ", ".join(f"'{argument}'" for argument in (each.key, *map(",".join, lists)))
    return CREATE.format(
        added="" if each.brought_in else "INSERT OR ",
        columns=", ".join(map(_quoted, each.columns)),
        table=_quoted(each.table),
        when=BY_STAFF if each.of_staff else "",
        arguments=arguments,
    )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
