"""``botcafe media move``: take all files from the data folder into the bucket, or back."""

import argparse
import hashlib
from dataclasses import dataclass

import django
from django.conf import settings

from botcafe.cli.output import print_failure, print_warning, report_step
from botcafe.gateways.storage import Storage, bucket_storage, media_folder
from botcafe.kit.process_locks import lock_alone
from botcafe.kit.words import counted

REPORT_EVERY = 200


@dataclass(slots=True)
class MoveCounts:
    """What became of the files."""

    moved: int = 0
    bytes: int = 0
    failed: int = 0


def add_arguments(parser: argparse.ArgumentParser, verb: str) -> None:
    """The options of ``media``."""
    parser.add_argument("act", choices=("move",), help="Move all files; broken off, it goes on where it was.")
    parser.add_argument("--to", choices=("bucket", "folder"), required=True, help="Where they shall lie.")
    parser.add_argument("--json", action="store_true", help="One line of JSON for each step.")


def run_command(options: argparse.Namespace) -> int:
    """Move, while nobody serves from the data folder."""
    django.setup()
    from botcafe.cli.database import REFUSAL, SERVING_LOCK

    if not settings.STORAGE_URL:
        return print_failure("BOTCAFE_STORAGE_URL names no bucket. Set it, also to move files back from there.")
    with lock_alone(settings.DATA, SERVING_LOCK) as is_alone:
        if not is_alone:
            return print_failure(REFUSAL.format(verb="media"))
        source, target = media_folder(), bucket_storage()
        if options.to == "folder":
            counts = move_files(target, source, as_json=options.json)
        else:
            counts = move_files(source, target, as_json=options.json)
    text = f"Moved {counted(counts.moved, 'file')} ({counts.bytes} bytes) to the {options.to}."
    report_step(options.json, text, step="done", moved=counts.moved, bytes=counts.bytes, failed=counts.failed)
    return 1 if counts.failed else 0


def move_files(source: Storage, target: Storage, *, as_json: bool = False) -> MoveCounts:
    """Copy each file under its key, read it again, and delete it where it was once both are the same."""
    counts = MoveCounts()
    for file in list(source.list_files()):
        data = source.get(file.key)
        if not _copy_file(target, file.key, data):
            counts.failed += 1
            print_warning(f"{file.key} did not arrive as it was sent, and stays where it is.")
            continue
        source.delete(file.key)
        counts.moved += 1
        counts.bytes += len(data)
        if counts.moved % REPORT_EVERY == 0:
            report_step(as_json, f"{counted(counts.moved, 'file')} moved so far.", step="moving", moved=counts.moved)
    return counts


def _copy_file(target: Storage, key: str, data: bytes) -> bool:
    wanted = hashlib.sha256(data).digest()
    # A run that was broken off may have copied it.
    if _hash_of(target, key) == wanted:
        return True
    target.write(key, data)
    return _hash_of(target, key) == wanted


def _hash_of(storage: Storage, key: str) -> bytes:
    digest = hashlib.sha256()
    try:
        for piece in storage.open(key):
            digest.update(piece)
    except KeyError:
        return b""
    return digest.digest()
