import pytest
from django.core.checks import run_checks

from monitors.checks import check_databases, judge
from statuspage.embedded.installations import OLDEST


def test_an_older_postgres_is_refused_in_one_sentence() -> None:
    assert [str(error.msg) for error in judge(14)] == ["The database is Postgres 14; 15 or newer is needed."]
    assert judge(15) == judge(17) == []


def test_the_embedded_postgres_has_the_same_limit() -> None:
    assert judge(OLDEST) == []
    assert judge(OLDEST - 1)


@pytest.mark.django_db
def test_migrating_asks_the_database() -> None:
    # The command `migrate` runs all checks with the database named; without, nothing is asked.
    assert check_databases(databases=None) == []
    assert run_checks(databases=["default"]) == []
