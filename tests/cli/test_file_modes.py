"""What people write is for nobody else on the machine."""

from pathlib import Path

from tests.live import served


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_data_folder_and_all_in_it_are_its_owners(tmp_path: Path) -> None:
    folder = tmp_path / "cafe"
    folder.mkdir(mode=0o755)
    with served(folder, from_nothing=True) as cafe:
        cafe.sign_up("alice@cafe.test")
        assert mode(folder) == 0o700
        assert {mode(each) for each in folder.iterdir()} <= {0o600, 0o700}
