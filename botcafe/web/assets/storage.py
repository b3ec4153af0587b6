"""What ``{% static %}`` writes: the address of a file with its hash."""

from django.contrib.staticfiles.storage import StaticFilesStorage

from botcafe.web.assets.files import find_static_file


class HashedStorage(StaticFilesStorage):
    """Names files by their content, so that browsers may keep them for good; nothing is written anywhere."""

    def url(self, name: str | None) -> str:
        """The address; that of the name itself where there is no such file."""
        file = find_static_file(name or "")
        return super().url(file.hashed_name if file else name)
