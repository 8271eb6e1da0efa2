"""Rewinds: agents write none down, but the next prompt continues an earlier record than the last."""

from __future__ import annotations

# Of a prompt that was taken back.
TEXT_LIMIT_CHARS = 500


class Rewinds:
    """Notes the records of one conversation, in order. Sans-IO."""

    def __init__(self) -> None:
        # Place of each record, and those of the user's prompts with their texts.
        self._places: dict[str, int] = {}
        self._prompts: list[tuple[int, str]] = []

    def record(self, uuid: str) -> None:
        """A record was read; a prompt is reported with ``prompt`` after it."""
        if uuid:
            self._places.setdefault(uuid, len(self._places))

    def prompt(self, uuid: str, parent: object, text: str) -> str:
        """The user wrote ``text``. Return the first prompt that was taken back before, if any was.

        Whoever did not see the parent cannot tell.
        """
        taken_back = ""
        place = -1 if parent is None else self._places.get(str(parent))
        if place is not None:
            later = [prompt for prompt in self._prompts if prompt[0] > place]
            if later:
                taken_back = later[0][1]
                self._prompts = self._prompts[: -len(later)]
        self._prompts.append((self._places.get(uuid, 0), text[:TEXT_LIMIT_CHARS]))
        return taken_back
