"""Running document readers in a subprocess with limits, since PDF, DOCX, EPUB and HTML parsers meet hostile files.

The subprocess gets the bytes on standard input and answers with a JSON object on standard output. It has none of our
environment variables, cannot write files, and is killed at its time limit.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

from botcafe.formats.documents.model import MAX_CHARACTERS, DocumentKind, ExtractedText
from botcafe.formats.errors import FormatError

MAX_SECONDS: Final = 120
MAX_CPU_SECONDS: Final = 60
MAX_MEMORY_BYTES: Final = 1_500 * 2**20
# The folder that holds the package `botcafe`: Python's isolated mode (-I) does not look for it where we were started.
_IMPORT_ROOT: Final = Path(__file__).resolve().parents[3]
_PROGRAM: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from botcafe.formats.documents.subprocess_reader import run_reader; "
    "run_reader(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))"
)


def read_in_subprocess(
    kind: DocumentKind,
    data: bytes,
    *,
    max_seconds: float = MAX_SECONDS,
    max_cpu_seconds: int = MAX_CPU_SECONDS,
    max_memory_bytes: int = MAX_MEMORY_BYTES,
) -> ExtractedText:
    """Read a document with its reader in `readers.READERS`.

    Raises FormatError as the reader does, and with the code `too_large` where time or memory ran out.
    """
    limits = (str(max_cpu_seconds), str(max_memory_bytes))
    command = [sys.executable, "-I", "-c", _PROGRAM, str(_IMPORT_ROOT), kind, *limits]
    # Thread pools of numeric libraries reserve address space, which the memory limit counts.
    environment = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=max_seconds, env=environment, cwd="/", check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FormatError("too_large", f"The document was not read within {max_seconds:g} seconds.") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        # No answer: the subprocess was killed at its CPU limit, or crashed for want of memory.
        message = "The document is damaged, or so large or so crooked that reading it was given up."
        raise FormatError("too_large", message) from error
    if "code" in answer:
        raise FormatError(str(answer["code"]), str(answer["message"]))
    return ExtractedText(str(answer["text"]), str(answer["title"]), str(answer["author"]))


def run_reader(kind: str, max_cpu_seconds: int, max_memory_bytes: int) -> None:
    """All that the subprocess does: read the document from standard input within limits, and write the answer."""
    data = sys.stdin.buffer.read()
    _limit_this_process(max_cpu_seconds, max_memory_bytes)
    # Only here: the server never loads the parsers, and what they take counts against the limits.
    from botcafe.formats.documents.readers import READERS, document_too_long_error

    try:
        extracted = READERS[kind](data)
        if len(extracted.text) > MAX_CHARACTERS:
            raise document_too_long_error()
        answer = {"text": extracted.text, "title": extracted.title, "author": extracted.author}
    except FormatError as error:
        answer = {"code": error.code, "message": error.message}
    except (MemoryError, RecursionError):
        answer = {"code": "too_large", "message": "Reading the document takes more memory than is given to it."}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()


def _limit_this_process(max_cpu_seconds: int, max_memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (max_cpu_seconds, max_cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))
    # No core dump of somebody's document, and no file is written at all.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
