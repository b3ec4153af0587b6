"""The one error that every reader and writer of this room raises."""


class FormatError(ValueError):
    """A file cannot be read or written.

    `code` is stable and meant for programs: `not_a_card`, `not_a_lorebook`, `not_a_chat`, `no_name`,
    `broken_png`, `broken_json`, `broken_chunk`, `broken_zip`, `broken_yaml`, `unsafe_path`, `too_large`, `too_deep`,
    `encrypted`, `unsupported`, `not_writable`.
    `message` is meant for people: what is wrong, where, and what would be right.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message
