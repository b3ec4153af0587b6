"""Verbs and options of the command, as they are typed."""

import argparse
from importlib import import_module
from typing import Any

import pytest

from botcafe.cli.main import VERBS, main


def parsed(*arguments: str) -> dict[str, Any]:
    """The options of a verb as its own module declares them."""
    verb, *rest = arguments
    parser = argparse.ArgumentParser()
    import_module(VERBS[verb][0]).add_arguments(parser, verb)
    return {
        name: str(value) if name in {"file", "media"} else value
        for name, value in vars(parser.parse_args(rest)).items()
    }


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["serve"], {"host": None, "port": None, "no_jobs": False}),
        (["serve", "--host", "::1", "--port", "8080"], {"host": "::1", "port": 8080, "no_jobs": False}),
        (["serve", "--no-jobs"], {"host": None, "port": None, "no_jobs": True}),
        (["migrate"], {"json": False}),
        (["migrate", "--json"], {"json": True}),
        (
            ["restore", "a.sqlite3"],
            {"file": "a.sqlite3", "passphrase_file": None, "json": False, "without_secret": False},
        ),
        (
            ["backup", "a.zip", "--without-secret", "--force"],
            {"file": "a.zip", "passphrase_file": None, "json": False, "without_secret": True, "force": True},
        ),
        (["check", "a.zip", "--json"], {"file": "a.zip", "passphrase_file": None, "json": True}),
        (["seed"], {}),
        (["createadmin", "ada@cafe.test"], {"email": "ada@cafe.test", "password": None}),
        (["createadmin", "ada@cafe.test", "--password", "x"], {"email": "ada@cafe.test", "password": "x"}),
        (
            ["import", "payload", "a.db"],
            {"kind": "payload", "file": "a.db", "media": "None", "admin": None, "json": False},
        ),
        (
            ["import", "payload", "a.db", "--media", "m", "--admin", "a@b.c", "--json"],
            {"kind": "payload", "file": "a.db", "media": "m", "admin": "a@b.c", "json": True},
        ),
        (["rekey"], {"json": False, "new_key": False, "key_of": None}),
        (["rekey", "--new-key"], {"json": False, "new_key": True, "key_of": None}),
        (["reindex", "--all"], {"json": False, "all": True}),
        (["doctor", "--no-vectors", "--json"], {"json": True, "no_vectors": True, "fix": False}),
        (["embeddings", "check"], {"json": False, "act": "check"}),
    ],
    ids=" ".join,
)
def test_options_are_read(arguments: list[str], options: dict[str, Any]) -> None:
    assert parsed(*arguments) == options


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nosuch"],
        ["Serve"],
        ["serve", "--port", "http"],
        ["serve", "extra"],
        ["restore"],
        ["backup"],
        ["check"],
        ["check", "a.zip", "--force"],
        ["createadmin"],
        ["import"],
        ["import", "wordpress", "a.db"],
        ["import", "payload"],
        ["embeddings"],
        ["embeddings", "try"],
        ["migrate", "--nosuch"],
        ["doctor", "--all"],
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_what_does_not_fit_is_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: botcafe" in capsys.readouterr().err


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_describes_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    assert caught.value.code == 0
    assert VERBS[verb][1] in " ".join(capsys.readouterr().out.split())


def test_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_the_two_functions_that_the_command_calls(verb: str) -> None:
    module = import_module(VERBS[verb][0])
    assert callable(module.add_arguments)
    assert callable(module.run_command)
