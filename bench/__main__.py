"""Runs every bench in a process of its own; writes RESULTS.md where all of them ran."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
HEAD = """\
# What was measured

Written by `script/bench` on {day}: {machine}, {cores} cores, Python {python}. Server, database and load
generator share these cores, so compare ratios within one table rather than figures between machines.
"""


def names() -> list[str]:
    """The benches: every module here but this one and the shared ones, which begin with a low line."""
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def run(name: str) -> str:
    """The Markdown that one bench prints; what it says besides goes to the terminal."""
    print(f"Running {name}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{name}"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    print(done.stdout, flush=True)
    return done.stdout


def main(wanted: list[str]) -> int:
    """The exit code: 1 for a bench that does not exist, after the list of those that do."""
    if unknown := set(wanted) - set(names()):
        print(f"There is no bench {min(unknown)}. There are: {', '.join(names())}.", file=sys.stderr)
        return 1
    tables = [run(name) for name in wanted or names()]
    if not wanted:
        head = HEAD.format(
            day=datetime.now(UTC).date(),
            machine=platform.machine(),
            cores=os.cpu_count(),
            python=platform.python_version(),
        )
        (HERE / "RESULTS.md").write_text("\n".join([head, *tables]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
