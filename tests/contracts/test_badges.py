"""Badges beside those that shields.io's own maker draws of the same words."""

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.node import run

SVG = "{http://www.w3.org/2000/svg}"


def measures(svg: bytes) -> list[tuple[str, float, float]]:
    """Each half: its words, where their middle is, and how wide they are, in pixels."""
    root = ElementTree.fromstring(svg)
    shown = [text for text in root.iter(f"{SVG}text") if text.get("fill-opacity") is None]
    scale = 10 if b"scale(.1)" in svg else 1
    return [
        (text.text or "", float(text.get("x") or 0) / scale, float(text.get("textLength") or 0) / scale)
        for text in shown
    ]


def test_words_stand_where_shields_puts_them(files: dict[str, bytes], tmp_path: Path) -> None:
    documents = {path: json.loads(content) for path, content in files.items() if path.endswith("badge.json")}
    asked = [{key: said[key] for key in ("label", "message", "color")} for said in documents.values()]
    (tmp_path / "badges.json").write_text(json.dumps(asked))
    theirs = run("badges.mjs", tmp_path / "badges.json")
    assert len(theirs) == len(documents) > 50
    for path, their in zip(documents, theirs, strict=True):
        ours = files[path.replace(".json", ".svg")]
        assert measures(ours) == measures(their.encode()), path
        for name in ("width", "height", "role"):
            assert ElementTree.fromstring(ours).get(name) == ElementTree.fromstring(their).get(name), path
