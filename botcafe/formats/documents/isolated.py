"""Running document readers in a subprocess with limits, since PDF, DOCX, EPUB and HTML parsers meet hostile files.

The subprocess gets the bytes on standard input and answers one line of JSON. It has none of our environment variables,
cannot write files, and is killed at its time limit.
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
_ROOT: Final = Path(__file__).resolve().parents[3]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from botcafe.formats.documents.isolated import main; main(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))"
)


def read_in_subprocess(
    kind: DocumentKind,
    data: bytes,
    *,
    seconds: float = MAX_SECONDS,
    cpu: int = MAX_CPU_SECONDS,
    memory: int = MAX_MEMORY_BYTES,
) -> ExtractedText:
    """Read a document with its reader in `readers.READERS`; `seconds` and `cpu` in seconds, `memory` in bytes.

    Raises FormatError as the reader does, and `too_large` where time or memory ran out.
    """
    command = [sys.executable, "-I", "-c", _START, str(_ROOT), kind, str(cpu), str(memory)]
    environment = {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, input=data, capture_output=True, timeout=seconds, env=environment, cwd="/", check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FormatError("too_large", f"The document was not read within {seconds:g} seconds.") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        message = "The document is damaged, or so large or so crooked that reading it was given up."
        raise FormatError("too_large", message) from error
    if "code" in answer:
        raise FormatError(str(answer["code"]), str(answer["message"]))
    return ExtractedText(str(answer["text"]), str(answer["title"]), str(answer["author"]))


def main(kind: str, cpu: int, memory: int) -> None:
    """The subprocess: set its limits, then read standard input."""
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    from botcafe.formats.documents.readers import READERS, document_too_long_error

    try:
        found = READERS[kind](data)
        if len(found.text) > MAX_CHARACTERS:
            raise document_too_long_error()
        answer = {"text": found.text, "title": found.title, "author": found.author}
    except FormatError as error:
        answer = {"code": error.code, "message": error.message}
    except (MemoryError, RecursionError):
        answer = {"code": "too_large", "message": "Reading the document takes more memory than is given to it."}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
