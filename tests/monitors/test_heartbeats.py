"""Jobs that call us: their calls through the front door, and what becomes of the monitors."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from monitors import essentials, record, tasks
from monitors.heartbeats import EXCERPT, Answer, Signal, hear, judge_due
from monitors.models import Evidence, Monitor, Observation, Ping, RegionVerdict, Verdict
from monitors.probes import Result
from monitors.schedule import next_slot
from tests.make import make_component, make_monitor
from tests.monitors.scenes import spans

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONFIG = {"period": "1h", "grace": "10m"}


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def make_job(now: datetime = START, **values: object) -> Monitor:
    """A monitor that a job has to call once an hour, judged each minute."""
    values = {"kind": "heartbeat", "config": CONFIG, "confirm_down": 1, "confirm_up": 1, **values}
    monitor = make_monitor(now=now, **values)
    monitor.refresh_from_db()
    return monitor


def id_of(monitor: Monitor) -> UUID:
    assert monitor.ping_id is not None
    return monitor.ping_id


def call(monitor: Monitor, minute: float, signal: str = "success", code: int | None = None) -> Answer:
    return hear(id_of(monitor), Signal(signal), code, b"", at(minute))


def told(monitor: Monitor) -> tuple[str, str]:
    row = RegionVerdict.objects.get(monitor=monitor)
    return row.result, row.reason


def before_its_slot(monitor: Monitor, minute: float) -> float:
    """A minute after this one at which the monitor is not due yet: half the way to its next slot."""
    due_at = Monitor.objects.get(pk=monitor.pk).due_at
    return ((due_at - START) / timedelta(minutes=1) + minute) / 2


def verdict(monitor: Monitor) -> str:
    return Verdict.objects.get(monitor=monitor).verdict


# Through the front door


def test_a_job_has_an_address_of_its_own_once_it_is_saved() -> None:
    job, other, site = make_job(), make_job(), make_monitor()
    assert len({id_of(job), id_of(other)}) == 2
    assert site.ping_id is None
    record.sync_monitor(job, at(1))
    assert Monitor.objects.get(pk=job.pk).ping_id == job.ping_id


@pytest.mark.parametrize("method", ["get", "head", "post"])
@pytest.mark.parametrize(
    ("path", "ended", "code"),
    [
        ("", "success", None),
        ("/", "success", None),
        ("/fail", "fail", None),
        ("/0", "success", 0),
        ("/1", "fail", 1),
        ("/255", "fail", 255),
    ],
)
def test_a_call_says_how_the_job_ended(method: str, path: str, ended: str, code: int | None) -> None:
    job = make_job()
    answer = getattr(Client(enforce_csrf_checks=True), method)(f"/ping/{job.ping_id}{path}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    ping = Ping.objects.get(monitor=job)
    assert (ping.ended, ping.exit_code, ping.started_at) == (ended, code, None)
    assert ping.ended_at is not None


def test_a_call_says_that_the_job_began() -> None:
    job = make_job()
    Client().get(f"/ping/{str(job.ping_id).upper()}/start")
    ping = Ping.objects.get(monitor=job)
    assert ping.started_at is not None
    assert (ping.ended_at, ping.ended) == (None, "")


def test_what_leads_nowhere_has_one_answer_whatever_is_wrong(client: Client) -> None:
    job = make_job()
    # One header tells the second.
    with time_machine.travel(START, tick=False):
        answers = {
            (answer.status_code, answer.content, tuple(sorted(answer.headers.items())))
            for answer in (
                client.get(f"/ping/{path}")
                for path in (
                    *(f"{uuid4()}{rest}" for rest in ("", "/start", "/fail", "/0", "/255")),
                    *(f"{job.ping_id}{rest}" for rest in ("/256", "/999", "/-1", "/stop", "/1/2", "/٥")),
                    *("nonsense", "x" * 5_000, "%2e%2e/admin", f"{{{job.ping_id}}}"),
                )
            )
        }
    [(status, content, _headers)] = answers
    assert status == 404
    assert b"/ping/<id>" in content
    assert not Ping.objects.exists()


def test_the_address_of_a_monitor_that_is_no_heartbeat_any_more_leads_nowhere(client: Client) -> None:
    job = make_job()
    Monitor.objects.filter(pk=job.pk).update(kind="tcp")
    assert client.get(f"/ping/{job.ping_id}").status_code == 404


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_call_is_one_statement(client: Client, django_assert_num_queries: object, known: bool) -> None:
    path = f"/ping/{make_job().ping_id if known else uuid4()}"
    with django_assert_num_queries(1):  # type: ignore[operator]
        client.post(path, b"done", content_type="text/plain")


@pytest.mark.parametrize("method", ["put", "delete", "options", "patch"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    job = make_job()
    assert getattr(client, method)(f"/ping/{job.ping_id}").status_code == 405
    assert not Ping.objects.exists()


def test_of_what_a_job_says_the_beginning_is_kept(client: Client) -> None:
    job = make_job()
    said = b"\0\xff" + b"y" * 2_000_000
    assert client.post(f"/ping/{job.ping_id}/1", said, content_type="text/plain").status_code == 200
    assert Ping.objects.get().excerpt == "\N{REPLACEMENT CHARACTER}" * 2 + "y" * (EXCERPT - 2)


def test_a_form_is_a_text_like_any_other(client: Client) -> None:
    job = make_job()
    client.post(f"/ping/{job.ping_id}", {"a": "b"})
    assert 'name="a"' in Ping.objects.get().excerpt


def test_without_a_database_a_job_is_told_to_try_again(client: Client) -> None:
    job = make_job()

    def down(*_arguments: object) -> None:
        raise OperationalError("the connection is gone")

    with connection.execute_wrapper(down):
        answer = client.get(f"/ping/{job.ping_id}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")


def test_no_log_holds_the_address_of_a_job(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    job = make_job()
    for path in ("", "/1", "/0", "/stop"):
        client.get(f"/ping/{job.ping_id}{path}")
    client.put(f"/ping/{job.ping_id}")
    assert str(job.ping_id) not in caplog.text
    client.get("/nowhere")
    assert "/nowhere" in caplog.text


# How often


def test_what_is_said_again_within_a_second_counts_once() -> None:
    job = make_job()
    assert [call(job, minute) for minute in (0, 0.001, 0.01)] == [Answer.HEARD] * 3
    assert Ping.objects.get().ended_at == at(0)
    assert call(job, 0.02) == Answer.HEARD
    assert Ping.objects.get().ended_at == at(0.02)


def test_a_failure_after_a_success_counts_at_once_and_a_success_after_it_comes_too_soon() -> None:
    job = make_job()
    said = [call(job, 0), call(job, 0.001, "fail"), call(job, 0.002), call(job, 0.003, "fail")]
    assert said == [Answer.HEARD, Answer.HEARD, Answer.TOO_SOON, Answer.HEARD]
    assert Ping.objects.get().ended == "fail"
    assert Ping.objects.get().ended_at == at(0.001)
    assert call(job, 0.03) == Answer.HEARD
    assert Ping.objects.get().ended == "success"


def test_a_job_that_takes_no_time_is_heard_in_full() -> None:
    job = make_job()
    for minute, signal in ((0, "fail"), (0.001, "start"), (0.002, "success")):
        assert call(job, minute, signal) == Answer.HEARD
    ping = Ping.objects.get()
    assert (ping.ended, ping.started_at, ping.ended_at) == ("success", at(0.001), at(0.002))
    assert call(job, 0.003, "start") == Answer.TOO_SOON


def test_who_calls_all_the_time_is_told_to_wait(client: Client) -> None:
    job = make_job()
    with time_machine.travel(START, tick=False):
        answers = [client.get(f"/ping/{job.ping_id}/{code}") for code in (1, 0)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1]["Retry-After"] == "1"


def test_a_clock_that_was_turned_back_keeps_nobody_out() -> None:
    job = make_job()
    call(job, 600)
    assert call(job, 0, "fail") == Answer.HEARD
    assert Ping.objects.get().ended_at == at(0)


def test_a_run_during_which_the_clock_was_turned_back_has_ended() -> None:
    job = make_job(now=at(-60))
    for minute, signal in ((-30, "success"), (10, "start"), (5, "success")):
        assert call(job, minute, signal) == Answer.HEARD
    judge_due(at(40))
    assert told(job) == ("up", "")


def test_the_beginning_of_an_earlier_run_is_forgotten() -> None:
    job = make_job()
    for minute, signal in ((0, "start"), (5, "success"), (60, "success")):
        call(job, minute, signal)
    assert Ping.objects.get().started_at is None


# What becomes of it


def test_a_call_is_judged_by_the_next_tick_at_its_own_time() -> None:
    component = make_component(now=at(-10))
    job = make_job(feeds=[component])
    judge_due(at(0.5))
    assert told(job) == ("unknown", "job_awaited")
    well = before_its_slot(job, 0.5)
    call(job, well)
    assert judge_due(at(well)) == 1
    assert told(job) == ("up", "")
    judge_due(at(1.69))
    badly = before_its_slot(job, 1.69)
    call(job, badly, "fail", 7)
    judge_due(at(badly))
    assert told(job) == ("down", "job_code")
    assert spans(component, "monitor")[-1][1] == "major_outage"
    slots = set(Observation.objects.filter(monitor_id=job.pk).values_list("slot", flat=True))
    assert {at(well), at(badly)} <= slots


def test_a_job_that_stays_away_is_late_and_one_that_never_came_as_well() -> None:
    late, never = make_job(), make_job()
    call(late, 1)
    for minute in (1, 2, 69, 71.5):
        judge_due(at(minute))
    assert (told(late)[1], told(never)[1]) == ("job_late", "job_never")
    assert [verdict(each) for each in (late, never)] == ["down", "down"]
    call(late, 80)
    judge_due(at(80.01))
    assert verdict(late) == "up"


def test_a_failure_is_confirmed_without_another_call() -> None:
    job = make_job(confirm_down=2, interval=600)
    # Whatever its primary key, the next slot of its grid is ten minutes later.
    slot = (next_slot(job.pk, 600, START) - START) / timedelta(minutes=1)
    call(job, slot)
    judge_due(at(slot))
    call(job, slot + 1, "fail")
    judge_due(at(slot + 1))
    assert verdict(job) == "up"
    # Looked at again `recheck` seconds later, not only at the next slot of its grid.
    assert judge_due(at(slot + 1) + timedelta(seconds=12)) == 1
    assert verdict(job) == "down"
    assert Verdict.objects.get(monitor=job).since == at(slot + 1)


def test_what_a_failed_job_said_is_kept_as_evidence(client: Client) -> None:
    job = make_job(now=timezone.now() - timedelta(minutes=5))
    client.post(f"/ping/{job.ping_id}/3", b"disk full", content_type="text/plain")
    judge_due(timezone.now())
    outcome = Evidence.objects.get(monitor=job).outcome
    assert (outcome["excerpt"], outcome["facts"]) == ("disk full", {"code": "3"})


def test_a_job_is_judged_once_for_a_slot_however_many_ask() -> None:
    make_job()
    assert [judge_due(at(1)), judge_due(at(1)), judge_due(at(1))] == [1, 0, 0]


def test_a_paused_job_is_not_judged_and_has_its_period_when_it_is_resumed() -> None:
    job = make_job()
    call(job, 1)
    judge_due(at(1))
    Monitor.objects.filter(pk=job.pk).update(enabled=False)
    job.refresh_from_db()
    record.sync_monitor(job, at(2))
    assert judge_due(at(300)) == 0
    assert call(job, 300) == Answer.HEARD
    Monitor.objects.filter(pk=job.pk).update(enabled=True)
    job.refresh_from_db()
    record.sync_monitor(job, at(600))
    judge_due(at(601))
    assert told(job) == ("unknown", "job_awaited")
    judge_due(at(671))
    assert told(job) == ("down", "job_late")


def test_a_change_by_staff_excuses_nobody_who_is_late_already() -> None:
    job = make_job()
    call(job, 1)
    judge_due(at(1))
    judge_due(at(72))
    assert told(job) == ("down", "job_late")
    record.sync_monitor(job, at(73))
    judge_due(at(74))
    assert told(job) == ("down", "job_late")


def test_every_region_that_a_monitor_names_hears_of_it() -> None:
    job = make_job(regions=["mars", "venus"])
    call(job, 1)
    judge_due(at(1))
    assert dict(RegionVerdict.objects.filter(monitor=job).values_list("region", "result")) == {
        "mars": "up",
        "venus": "up",
    }
    assert verdict(job) == "up"


def test_settings_that_cannot_be_read_are_unknown() -> None:
    job = make_job(config={"period": "always"})
    judge_due(at(1))
    assert told(job) == (Result.UNKNOWN.value, "config")


def test_while_the_rest_rests_calls_are_taken_and_judged_afterwards(client: Client) -> None:
    job = make_job(now=timezone.now() - timedelta(minutes=5))
    essentials.rest("ada", timezone.now())
    assert client.get(f"/ping/{job.ping_id}").status_code == 200
    tasks.tick()
    assert not Observation.objects.filter(monitor_id=job.pk).exists()
    essentials.wake()
    tasks.tick()
    assert told(job) == ("up", "")


@pytest.mark.django_db(transaction=True)
def test_calls_and_a_deletion_at_the_same_time_stand_in_nobodys_way() -> None:
    job = make_job()
    answers: list[Answer] = []
    ready = Barrier(5)

    def calling(signal: Signal) -> None:
        ready.wait()
        answers.append(hear(id_of(job), signal, None, b"", at(1)))
        connection.close()

    def deleting() -> None:
        ready.wait()
        record.delete_monitor(Monitor.objects.get(pk=job.pk), at(1))
        connection.close()

    threads = [Thread(target=calling, args=[signal]) for signal in (Signal.SUCCESS, *[Signal.START] * 3)]
    threads.append(Thread(target=deleting))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert set(answers) <= set(Answer)
    assert not Ping.objects.exists()
