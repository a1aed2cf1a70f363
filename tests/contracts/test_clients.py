"""Other people's clients of the Statuspage API, run against the exported page."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import chromium
from tests.node import HERE
from tests.render.browser import serving

WIDGET = HERE / "node_modules" / "@statuspage" / "status-widget" / "dist" / "index.js"
# The exporter (PyPI: statuspage-prometheus-exporter) reads its services when it is imported.
EXPORTER = """
import json
from statuspage_prometheus_exporter.service_checker import SERVICES, check_status_page_service
print(json.dumps(check_status_page_service("acme", SERVICES["acme"])))
"""


def test_the_prometheus_exporter_reads_status_incident_and_components(origin: str, tmp_path: Path) -> None:
    services = tmp_path / "services.json"
    services.write_text(
        f'{{"acme": {{"name": "Acme", "type": "status_page", "url": "{origin}/api/v2/summary.json"}}}}'
    )
    done = subprocess.run(
        [sys.executable, "-c", EXPORTER],
        cwd=tmp_path,
        env={**os.environ, "SERVICES_JSON_PATH": str(services), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert '"success": true' in said
    assert "Payments cannot be completed" in said
    assert '"name": "Checkout", "status": "major_outage"' in said


@pytest.fixture
def tab() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


@pytest.mark.slow
def test_statuspages_own_widget_shows_our_status(origin: str, tab: Page) -> None:
    # It stands on a page of another origin, as customers' pages do: the API must allow that.
    with serving({"index.html": b"<!doctype html><title>Shop</title>"}) as shop:
        tab.goto(shop.url)
        tab.add_script_tag(path=WIDGET)
        tab.evaluate(
            "src => document.body.append(Object.assign(document.createElement('statuspage-widget'), {src}))",
            origin,
        )
        expect(tab.get_by_text("Major System Outage")).to_be_visible()
