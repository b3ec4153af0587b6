"""What a test needs of its machine or of the folder beside the repository; without it the test is skipped with its reason."""

import os
import shutil
from pathlib import Path

import pytest

# .ci/run installs every program that a test asks for, so that one which is missing there is a fault and no reason to skip.
IN_CI = bool(os.environ.get("BOTCAFE_CI") or os.environ.get("CI"))
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason="files by others may not be copied into the repository, and ../shared/samples is absent",
)


def needs_program(program: str, package: str) -> pytest.MarkDecorator:
    """Skip where a program is not installed; in CI the test runs all the same, and fails by its name."""
    return pytest.mark.skipif(is_missing(program), reason=f"{program} is not installed (apt-get install {package})")


def is_missing(program: str) -> bool:
    """Whether a test of this program is to be skipped."""
    return shutil.which(program) is None and not IN_CI
