"""Keyframes while recording: made beside the recorder, out of its way.

The maker reads the file that is being written, so it holds nothing back and may stop at any time: it
works when output is calm, waits while it pours, and catches up for a moment at the end. What is
still missing then is made by whoever reads the recording. The terminal engine takes 0.1 s to load
and some memory, so nothing happens before a recording is long enough to need a keyframe.
"""

import os
import stat
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.recording.reader import Recording
    from agentrec.recording.writer import Writer
    from agentrec.terminal.seek.keyframe_builder import Filler

LOOK_EVERY = 1.0  # seconds
ENOUGH = 2 << 20  # bytes in the file below which no keyframe is due
WORTHWHILE = 8 << 20  # the same where the engine would have to be loaded at the very end
CALM = 1 << 20  # bytes a second up to which output is calm
BEHIND = 64 << 10  # bytes waiting to be written with which the writer is busy
PATIENCE = 0.3  # seconds to catch up in when the recording ends


class KeyframeMaker:
    """Makes keyframes for what ``writer`` has written. ``patience``: seconds it may take at the end."""

    def __init__(self, writer: "Writer", *, patience: float = PATIENCE) -> None:
        self._writer = writer
        self._patience = patience
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._recording: Recording | None = None
        self._filler: Filler | None = None

    def start(self) -> None:
        """Start the thread that watches the writer."""
        thread = threading.Thread(target=self._run, name="agentrec-keyframes", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the user may have no more of them: whoever reads makes keyframes
            return
        self._thread = thread

    def finish(self) -> None:
        """Catch up if that is quickly done, and stop. Everything must be in the file by now."""
        self._ending.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        try:
            self._watch()
        except Exception:  # noqa: BLE001 - keyframes can be made later; the recording goes on
            return
        finally:
            if self._recording:
                self._recording.close()

    def _watch(self) -> None:
        writer = self._writer
        before = 0
        while not self._ending.wait(LOOK_EVERY):
            calm = writer.written - before < CALM * LOOK_EVERY
            before = writer.written
            if calm and before >= ENOUGH:
                self._fill(lambda: self._ending.is_set() or writer.pending > BEHIND)
        if writer.written >= (ENOUGH if self._filler else WORTHWHILE):
            deadline = time.monotonic() + self._patience
            self._fill(lambda: time.monotonic() > deadline)

    def _fill(self, enough: "Callable[[], bool]") -> None:
        filler = self._filler or self._open()
        while not enough() and filler.step():
            made = filler.keyframe()
            if made:
                self._writer.keyframe(*made)

    def _open(self) -> "Filler":
        path = self._writer.path
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError("a stream cannot be read back")
        # The recorder starts without all this.
        from agentrec.recording.reader import Recording
        from agentrec.terminal.seek.keyframe_builder import Filler

        self._recording = Recording.open(path)
        self._filler = Filler(self._recording)
        return self._filler
