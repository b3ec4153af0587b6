"""``botcafe backup``, ``check`` and ``restore``: copies of a whole café, and the way back from them."""

import argparse
import getpass
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import django

from botcafe.cli.output import print_failure, print_line, print_warning, report_step
from botcafe.config.environment import do_without_secret
from botcafe.kit.words import counted

if TYPE_CHECKING:
    from botcafe.upkeep.backup.cafe_secrets import CafeSecrets
    from botcafe.upkeep.backup.check import CheckedBackup
    from botcafe.upkeep.backup.create import BackupResult

HELP = {
    "backup": "The file to write, such as cafe.botcafe.zip.",
    "check": "A file that `botcafe backup` has written.",
    "restore": "A file that `botcafe backup` has written, or a snapshot that `botcafe migrate` has kept.",
}
WITHOUT_SECRET = {
    "backup": "Leave the secret out: keys of providers open nowhere without it.",
    "restore": "Bring in no secret; set BOTCAFE_SECRET_KEY yourself.",
}
NAMED_ROWS = 10


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of the three verbs."""
    parser.add_argument("file", type=Path, help=HELP[verb])
    parser.add_argument(
        "--passphrase-file", type=Path, help="A file with the passphrase of the secret, in its first line."
    )
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")
    if verb in WITHOUT_SECRET:
        parser.add_argument("--without-secret", action="store_true", help=WITHOUT_SECRET[verb])
    if verb == "backup":
        parser.add_argument("--force", action="store_true", help="Replace a file that is there.")


def run_command(options: argparse.Namespace) -> int:
    """Back up, check or restore; 1 with one line of why not."""
    if options.verb != "backup":
        # Before the settings are read: else they would make a secret in a folder that is to stay empty.
        do_without_secret()
    # What is written is the owner's alone.
    os.umask(0o077)
    django.setup()
    from botcafe.upkeep.backup.archive import DiskError
    from botcafe.upkeep.backup.errors import BackupError

    # A service manager that ends the command must not leave half a file behind.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return {"backup": _run_backup, "check": _run_check, "restore": _run_restore}[options.verb](options)
    except (BackupError, DiskError) as error:
        return print_failure(f"{str(error).rstrip('.')}.")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run_backup(options: argparse.Namespace) -> int:
    from django.conf import settings

    from botcafe.cli.database import find_database_problem
    from botcafe.cli.progress import ProgressSteps
    from botcafe.upkeep.backup import cafe_secrets
    from botcafe.upkeep.backup.create import check_target, create_backup

    database_file = Path(str(settings.DATABASES["default"]["NAME"]))
    # Asking for its problems would make a database.
    if "sqlite" in str(settings.DATABASES["default"]["ENGINE"]) and not database_file.exists():
        return print_failure(
            f"there is no café in {settings.DATA}: BOTCAFE_DATA names its folder. Nothing was written."
        )
    # Before anybody is asked for a passphrase.
    check_target(options.file, replace=options.force)
    if problem := find_database_problem():
        return print_failure(problem)
    phrase = None if options.without_secret else _read_passphrase(options, twice=True)
    if phrase is None and not options.without_secret:
        return print_failure(
            "a backup without the secret opens no key of a provider. Give --passphrase-file FILE to seal the secret into it, "
            "or --without-secret to leave it out and keep it elsewhere. Nothing was written."
        )
    sealed = cafe_secrets.seal_secrets(cafe_secrets.secrets_in_use(), phrase) if phrase else None
    with ProgressSteps(0, as_json=options.json, unit="bytes") as steps:
        result = create_backup(options.file, settings.DATA, sealed, steps, replace=options.force)
    return _report_backup(options, result)


def _report_backup(options: argparse.Namespace, result: "BackupResult") -> int:
    manifest = result.manifest
    rows, size = sum(manifest.counts.values()), result.size
    words = (
        f"Wrote {result.path}: {counted(rows, 'row')}, {counted(len(manifest.files), 'file')}, {size / 2**20:,.1f} MB."
    )
    facts = {"path": str(result.path), "rows": rows, "files": len(manifest.files), "bytes": size}
    report_step(options.json, words, step="backup", **facts, missing=list(result.missing))
    if result.missing:
        some = ", ".join(result.missing[:NAMED_ROWS])
        print_warning(
            f"Named by rows and not there, or deleted meanwhile: {counted(len(result.missing), 'file')} ({some})."
        )
    if options.without_secret:
        print_warning(
            "the secret is not in it. Keep BOTCAFE_DATA/secret (or BOTCAFE_SECRET_KEY) and your master keys apart."
        )
    return 0


def _read_passphrase(options: argparse.Namespace, *, twice: bool) -> str | None:
    """The passphrase from its file, or asked for on a terminal; None where neither is there. An empty one is refused."""
    from botcafe.upkeep.backup.errors import BackupError

    if options.passphrase_file:
        try:
            lines: list[str] = options.passphrase_file.read_text(encoding="utf8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BackupError(
                f"{options.passphrase_file} cannot be read: {getattr(error, 'strerror', error)}"
            ) from None
        if not lines or not lines[0]:
            raise BackupError(
                f"{options.passphrase_file} has no passphrase in its first line: write one there. Nothing was changed."
            )
        return lines[0]
    if not sys.stdin.isatty():
        return None
    phrase = getpass.getpass("Passphrase of the backup: ")
    if twice and phrase != getpass.getpass("Once more: "):
        raise BackupError("these are two passphrases. Nothing was written")
    if not phrase:
        raise BackupError("the passphrase is empty; --without-secret goes without one. Nothing was changed.")
    return phrase


def _run_check(options: argparse.Namespace) -> int:
    from botcafe.cli.progress import ProgressSteps
    from botcafe.upkeep.backup.check import check_backup

    phrase = _read_passphrase(options, twice=False) if options.passphrase_file else None
    with ProgressSteps(0, as_json=options.json, unit="bytes") as steps:
        checked = check_backup(options.file, phrase, steps)
    manifest = checked.manifest
    rows, secrets = sum(manifest.counts.values()), _describe_secrets(checked)
    words = (
        f"{options.file} is whole: {counted(rows, 'row')}, {counted(len(manifest.files), 'file')}, made {manifest.made_at[:16].replace('T', ' ')} UTC "
        f"by BotCafé {manifest.version}. {secrets}"
    )
    facts = {"rows": rows, "files": len(manifest.files), "made_at": manifest.made_at, "version": manifest.version}
    report_step(options.json, words, step="check", **facts, missing=list(manifest.missing), notes=list(checked.notes))
    for note in checked.notes:
        print_warning(note)
    return 0


def _describe_secrets(checked: "CheckedBackup") -> str:
    if not checked.manifest.has_secrets:
        return "The secret is not in it."
    return "Its secret opens." if checked.secrets else "Its secret was not tried: give --passphrase-file."


def _run_restore(options: argparse.Namespace) -> int:
    from django.conf import settings

    from botcafe.cli import database
    from botcafe.kit.process_locks import lock_alone

    if not options.file.is_file():
        return print_failure(f"there is no file {options.file}. Nothing was changed.")
    try:
        is_backup = _is_archive(options.file)
    except OSError as error:
        return print_failure(f"{options.file} cannot be read: {error.strerror}. Nothing was changed.")
    try:
        with lock_alone(settings.DATA, database.SERVING_LOCK) as is_alone:
            if not is_alone:
                return print_failure(database.REFUSAL.format(verb=options.verb))
            return _restore_archive(options) if is_backup else database.restore_snapshot(options.file)
    except PermissionError as error:
        return print_failure(
            f"{error.filename or settings.DATA} cannot be written: {error.strerror}. Nothing was changed."
        )


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _restore_archive(options: argparse.Namespace) -> int:
    from django.conf import settings

    from botcafe.cli.progress import ProgressSteps
    from botcafe.upkeep.backup.restore import restore_backup

    phrase = None if options.without_secret else _read_passphrase(options, twice=False)
    if phrase is None and not options.without_secret and _has_secrets(options.file):
        return print_failure(
            "the secret in this backup is sealed. Give --passphrase-file FILE, or --without-secret to leave it there. "
            "Nothing was changed."
        )
    with ProgressSteps(0, as_json=options.json, unit="bytes") as steps:
        restored = restore_backup(options.file, settings.DATA, phrase, steps)
    if restored is None:
        print_line("The restore that was broken off had brought everything in: only its mark was left, and is gone.")
    return _report_restored(options, restored)


def _has_secrets(path: Path) -> bool:
    from botcafe.cli.progress import ProgressSteps
    from botcafe.upkeep.backup.archive import open_archive

    with ProgressSteps(path.stat().st_size, as_json=False, unit="bytes") as steps, open_archive(path, steps) as reader:
        return reader.manifest.has_secrets


def _report_restored(options: argparse.Namespace, restored: "CheckedBackup | None") -> int:
    from django.conf import settings

    from botcafe.upkeep.backup.settle import settle_restored

    is_current = settle_restored()
    more = "" if is_current else " It is of an older version: run `botcafe migrate` next."
    if restored is not None:
        rows, files = sum(restored.manifest.counts.values()), len(restored.manifest.files)
        words = f"Restored {options.file} into {settings.DATA}: {counted(rows, 'row')}, {counted(files, 'file')}.{more}"
        report_step(options.json, words, step="restore", rows=rows, files=files, is_current=is_current)
        for note in restored.notes:
            print_warning(note)
        _warn_of_secrets(restored.secrets)
    return 0


def _warn_of_secrets(restored: "CafeSecrets | None") -> None:
    from django.conf import settings

    if restored is None:
        print_warning(
            "no secret was brought in. Keys of providers do not open, and everybody is signed out, until BOTCAFE_SECRET_KEY "
            f"or {settings.DATA / 'secret'} (and BOTCAFE_MASTER_KEYS, where you had set it) are what they were."
        )
        return
    if settings.GIVEN_SECRET and restored.secret != settings.GIVEN_SECRET:
        print_warning("BOTCAFE_SECRET_KEY is set, and is not the secret of this backup: unset it, else no key opens.")
    if settings.GIVEN_MASTER_KEYS and set(restored.master_keys) - set(settings.GIVEN_MASTER_KEYS):
        print_warning(
            "BOTCAFE_MASTER_KEYS is set, and lacks keys of this backup: unset it, or add them from master-keys."
        )
