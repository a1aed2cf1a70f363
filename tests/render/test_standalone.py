"""The renderer without the application: no model, no Celery, no installed app."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
import django
from django.conf import settings
settings.configure(USE_TZ=True, LOCALE_PATHS=["statuspage/locale"])
django.setup()
from statuspage.render import render
from tests.render.make import make_demo, make_documents
snapshot = make_demo()
files = render(snapshot, make_documents(snapshot))
assert "Cause identifiée" in files["fr/index.html"].decode()
assert not [name for name in sys.modules if name.endswith(".models") and not name.startswith("django")]
assert "celery" not in sys.modules and "psycopg" not in sys.modules
"""


def test_it_runs_with_bare_settings() -> None:
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=root,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root)},
    )
    assert done.returncode == 0, done.stderr
