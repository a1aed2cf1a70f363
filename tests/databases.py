"""The databases of the tests: migrated once for all workers of xdist, emptied without being set up anew.

Only on the Postgres that the tests started themselves (services.py): elsewhere nobody would throw it
away, and one that is left over from earlier code would be out of date.
"""

import os
import threading
from collections.abc import Iterator
from functools import cache

import psycopg
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import OperationalError, connection
from django.test import TransactionTestCase
from psycopg import sql
from psycopg.errors import DeadlockDetected

TEMPLATE = "migrated_for_tests"
KEPT = {"django_content_type", "auth_permission"}
# One worker makes it, the others wait for it.
_MAKING = 1
TRIES = 10
# Seconds for what a browser asked last before it went.
PATIENCE = 10
# TRUNCATE makes every file of every table and index anew. Most tests leave a few rows in a few tables, and
# up to ten pages a planner takes a table for as large as a new one.
_FEW = """
DO $$
DECLARE filled regclass;
BEGIN
    LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE;
    -- Rows go and come in any order, and no trigger stands in the way.
    SET LOCAL session_replication_role = replica;
    IF EXISTS (
        SELECT FROM pg_class WHERE (oid = ANY ({array}::regclass[]) OR relispartition)
        AND relkind = 'r' AND (pg_relation_size(oid) > 81920 OR reltuples > 0)
    ) THEN
        TRUNCATE {names};
    ELSE
        FOR filled IN
            SELECT oid FROM pg_class WHERE oid = ANY ({array}::regclass[])
            AND (relkind = 'p' OR pg_relation_size(oid) > 0)
        LOOP
            EXECUTE format('DELETE FROM %s', filled);
        END LOOP;
    END IF;
END $$;
"""
# Days of observations, which no model makes.
_DAYS = """
DO $$
DECLARE day regclass;
BEGIN
    FOR day IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'monitors_observed'::regclass LOOP
        EXECUTE format('DROP TABLE %s', day);
    END LOOP;
END $$;
"""
_SEED = """
INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM json_populate_recordset(NULL::{name}, {rows});
"""


def template() -> str:
    """Its name, once it is there; empty where each makes its own."""
    if not ("PYTEST_XDIST_WORKER" in os.environ and os.environ.get("TESTS_OWN_POSTGRES")):
        return ""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_MAKING])
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            server.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(_migrated()), sql.Identifier(TEMPLATE)
                )
            )
    return TEMPLATE


def _migrated() -> str:
    """A new test database, and nobody connected to it."""
    before = str(connection.settings_dict["NAME"])
    made = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.creation.destroy_test_db(before, verbosity=0, keepdb=True)
    return made


def remember() -> None:
    """Notes what migrations put into a database that no test has touched yet: each test finds it again."""
    _emptying()


def empty(case: TransactionTestCase) -> None:
    """Takes away all that a test left; waits for whoever still works there.

    A request that a browser left may hold one table and want the next: one of the two gives way, and this
    tries again. Django's own way makes what tells which models there are anew, which takes ten times as long
    as the rest.
    """
    _await_requests()
    for attempt in range(TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute(_emptying())
        except OperationalError as error:
            if attempt + 1 == TRIES or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            return


def holds_up_somebody() -> bool:
    """Whether another connection waits for a lock of ours: others of the same server may wait, too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def _await_requests() -> None:
    """A request goes on without the browser that left it: what it writes must not come to the next test."""
    for thread in threading.enumerate():
        if isinstance(getattr(getattr(thread, "_target", None), "__self__", None), ThreadedWSGIServer):
            thread.join(PATIENCE)


@cache
def _emptying() -> str:
    tables = sorted(
        {*connection.introspection.django_table_names(only_existing=True, include_views=False)} - KEPT
    )
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    own = bool(os.environ.get("TESTS_OWN_POSTGRES"))
    taken = sql.SQL(_FEW if own else "TRUNCATE {names};").format(names=names, array=[*tables])
    return "".join([taken.as_string(), _DAYS, *_seeds(tables)])


def _seeds(tables: list[str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in tables:
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("SELECT json_agg(t)::text FROM {} t").format(name).as_string())
            if (rows := cursor.fetchone()[0]) is not None:
                yield sql.SQL(_SEED).format(name=name, rows=rows).as_string()
