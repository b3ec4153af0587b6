"""A database of a real Payload server comes in, and its recorded questions are answered as that server did."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from botcafe.areas.accounts.actions import Device, sign_in
from tests.cli.payload_import.conftest import Importing
from tests.cli.payload_import.old_database import PASSWORD
from tests.needs import SAMPLES, needs_samples

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = SAMPLES / "payload_3_90.db"
ORACLE = ROOT / "tests" / "oracle"
READING = {"list", "where", "sort", "select", "count", "find-by-id"}

pytestmark = [
    pytest.mark.django_db,
    needs_samples,
]


def _replay() -> Any:
    spec = importlib.util.spec_from_file_location("replay", ORACLE / "replay.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.EXTRA.update((ORACLE / "extra.txt").read_text(encoding="utf8").strip().split(","))
    return module


def _cases() -> list[dict[str, Any]]:
    lines = (ORACLE / "deviations.tsv").read_text(encoding="utf8").splitlines()
    known = {int(line.split("\t")[0]) for line in lines if line.strip() and not line.startswith("#")}
    cases = [json.loads(line) for line in (ORACLE / "transcript.jsonl").open(encoding="utf8")]
    return [
        c
        for c in cases
        if c["group"] in READING
        and c["method"] == "GET"
        and c["n"] not in known
        and c["status"] < 500
        and not c.get("skip")
    ]


def test_the_recorded_questions_are_answered_as_they_were(bring: Importing) -> None:
    report = bring(SAMPLE)
    assert all(entry["written"] == entry["read"] for entry in report["collections"].values())
    replay, client, tokens, problems, asked = _replay(), Client(), {}, [], 0
    for case in _cases():
        headers = dict(case["req_headers"])
        if case["who"] != "anon" and "Authorization" not in headers:
            if case["who"] not in tokens:
                tokens[case["who"]] = sign_in(f"{case['who']}@botcafe.test", PASSWORD, Device()).token
            headers["Authorization"] = f"JWT {tokens[case['who']]}"
        answer = client.get(case["path"], headers=headers)
        asked += 1
        found = [] if answer.status_code == case["status"] else [f"status {answer.status_code}"]
        if "res_body" in case:
            found += replay.diff(replay.mask(case["res_body"]), replay.mask(json.loads(answer.content)))
        problems += [f"#{case['n']} {case['path']}: {problem}" for problem in found]
    assert asked > 100
    assert problems == []
