"""Pure readers and writers for the files people bring along: bytes in, frozen dataclasses out, and back."""
