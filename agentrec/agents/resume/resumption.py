"""What is asked for when an agent is resumed, and the answer: what will be run and written."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agentrec.atomic import PART, replacing
from agentrec.config import make_folders
from agentrec.errors import AgentrecError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from typing import BinaryIO

    from agentrec.agents.resume.point import ResumePoint

    KeptTranscripts = Callable[[str], Sequence[Callable[[], BinaryIO]]]

TRIMMED_TRANSCRIPT = "trimmed-transcript"
REPLAYED_PROMPTS = "replayed-prompts"
WHOLE_CONVERSATION = "the whole conversation up to this point, unchanged"


# Directories that may have been made for one copy.
_OWN_FOLDERS = 3


class TranscriptError(AgentrecError):
    """The transcript cannot be cut at the point; the message is the reason, in one line."""


def no_copies(path: str) -> Sequence[Callable[[], BinaryIO]]:  # noqa: ARG001
    """No copies of transcripts were kept."""
    return ()


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """See :func:`agentrec.agents.resume.resume.resume`. ``program`` is what to run.

    ``without`` names recorded options that are left out.
    ``kept`` gives the copies that were kept of the transcript at a path, each as what opens it.
    """

    point: ResumePoint
    new_cwd: str
    message: str
    headless: bool
    env: Mapping[str, str]
    extra: Sequence[str]
    program: str
    kept: KeptTranscripts = no_copies
    without: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Resumption:
    """How the agent continues.

    ``fidelity`` tells the user what the agent will know, ``notes`` what differs from the recorded run.
    ``argv`` is the whole command line, to be run in the new directory with ``env`` added to the
    environment. ``copies`` are files that ``prepare`` writes, by path; none of them exists before.
    """

    method: str
    fidelity: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    copies: Mapping[str, Callable[[], Iterable[bytes]]] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """Paths of the copies."""
        return list(self.copies)

    def prepare(self) -> None:
        """Write the copies, each atomically, readable by the owner only, and never over another file.

        Raises OutputError, or TranscriptError when the transcript has changed since; then nothing is
        left behind.
        """
        written: list[str] = []
        try:
            for path, content in self.copies.items():
                _write(path, content())
                written.append(path)
        except OSError as error:
            discard_copies(written)
            message = f"cannot write the conversation to {path}: {error.strerror}"
            raise OutputError(message) from None
        except AgentrecError:
            discard_copies(written)
            raise

    def discard(self) -> None:
        """Remove the copies again, and directories that are empty then. Safe to repeat."""
        discard_copies(self.files)


def discard_copies(paths: Iterable[str]) -> None:
    """Remove copies that ``prepare`` wrote, even if the process that wrote them has ended."""
    for path in paths:
        folder, copy = os.path.split(path)
        try:
            for name in os.listdir(folder):
                if name == copy or (name.startswith(f"{copy}.") and name.endswith(PART)):
                    os.unlink(os.path.join(folder, name))
            for _ in range(_OWN_FOLDERS):
                os.rmdir(folder)
                folder = os.path.dirname(folder)
        except OSError:
            continue  # it holds other conversations, or is gone


def _write(path: str, content: Iterable[bytes]) -> None:
    """Write all of it or nothing. Raises OSError, FileExistsError too."""
    make_folders(os.path.dirname(path))
    with replacing(path, overwrite=False) as fd, open(fd, "wb", closefd=False) as file:
        file.writelines(content)
