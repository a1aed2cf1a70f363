import importlib

import pytest

from bench import __main__ as runner
from bench import _load

SAID = """\
Running 5s test @ http://127.0.0.1:40001/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.87ms    2.58ms  42.03ms   89.97%
    Req/Sec    21.17k     3.21k   27.22k    68.00%
  Latency Distribution
     50%    0.98ms
     75%    1.55ms
     90%    4.64ms
     99%   12.41ms
  105410 requests in 5.01s, 923.11MB read
Requests/sec:  21042.17
Transfer/sec:    184.27MB
"""
TROUBLE = """\
  Socket errors: connect 1, read 2, write 0, timeout 3
  Non-2xx or 3xx responses: 40
"""


def test_it_reads_what_wrk_prints() -> None:
    assert _load.read(SAID) == _load.Load(rate=21042.17, p50=0.98, p99=12.41, failed=0)


def test_it_counts_every_answer_that_was_no_success() -> None:
    assert _load.read(SAID + TROUBLE).failed == 46


def test_figures_of_several_turns_are_medians_and_failures_add_up() -> None:
    turns = [_load.Load(rate, 1.0, 2.0, failed) for rate, failed in ((10, 0), (30, 1), (20, 2))]
    assert _load.median(turns) == _load.Load(20, 1.0, 2.0, 3)


@pytest.mark.parametrize("name", runner.names())
def test_every_bench_can_be_loaded(name: str) -> None:
    importlib.import_module(f"bench.{name}")


def test_an_unknown_bench_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.main(["nothing"]) == 1
    assert "There is no bench nothing. There are: claims, fanout," in capsys.readouterr().err
