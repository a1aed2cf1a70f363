"""The databases of the tests: migrated once for all workers of xdist, emptied without being set up anew.

Only on the Postgres that the tests started themselves (services.py): elsewhere nobody would throw it
away, and one that is left over from earlier code would be out of date.
"""

import os
from functools import cache

import psycopg
from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

TEMPLATE = "migrated_for_tests"
KEPT = {"django_content_type", "auth_permission"}
# One worker makes it, the others wait for it.
_MAKING = 1
# TRUNCATE makes every file of every table and index anew. Most tests leave a few rows in a few tables, and
# up to ten pages a planner takes a table for as large as a new one.
_FEW = """
DO $$
DECLARE filled regclass;
BEGIN
    LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (
        SELECT FROM pg_class WHERE (oid = ANY ({array}::regclass[]) OR relispartition)
        AND relkind = 'r' AND (pg_relation_size(oid) > 81920 OR reltuples > 0)
    ) THEN
        TRUNCATE {names};
    ELSE
        -- Rows go in any order, and no trigger stands in the way.
        SET LOCAL session_replication_role = replica;
        FOR filled IN
            SELECT oid FROM pg_class WHERE oid = ANY ({array}::regclass[])
            AND (relkind = 'p' OR pg_relation_size(oid) > 0)
        LOOP
            EXECUTE format('DELETE FROM %s', filled);
        END LOOP;
    END IF;
END $$
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


def empty(case: TransactionTestCase) -> None:
    """Takes away all rows but those that tell which models there are; waits for whoever still works there.

    Django's own way makes those anew after each test, which takes ten times as long as the rest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_emptying())


@cache
def _emptying() -> str:
    tables = sorted(
        {*connection.introspection.django_table_names(only_existing=True, include_views=False)} - KEPT
    )
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    if not os.environ.get("TESTS_OWN_POSTGRES"):
        return sql.SQL("TRUNCATE {}").format(names).as_string()
    return sql.SQL(_FEW).format(names=names, array=[*tables]).as_string()
