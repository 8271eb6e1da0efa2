"""Makes keyframes while recording, in a thread beside the recorder.

It reads the file that is being written, so it holds nothing back and may stop at any time: it works while
output is calm, pauses while output pours, and catches up briefly at the end. What is still missing then
is made by whoever reads the recording. The terminal engine takes 0.1 s and some memory to load, so
nothing happens before a recording is long enough to need a keyframe.
"""

import os
import stat
import threading
import time

from agentrec.memory_limit import is_short

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from agentrec.recording.reader import Recording
    from agentrec.recording.writer import Writer
    from agentrec.terminal.seek.keyframe_builder import KeyframeBuilder

POLL_SECONDS = 1.0
MIN_BYTES = 2 << 20  # a smaller file needs no keyframe
MIN_BYTES_AT_END = 8 << 20  # the same where the engine would be loaded only to catch up
CALM_BYTES_PER_SECOND = 1 << 20
MAX_PENDING_BYTES = 64 << 10  # with more to write, the writer is busy
CATCH_UP_SECONDS = 0.3
ENGINE_BYTES = 256 << 20  # the terminal engine takes some of that, with a large screen


class KeyframeThread:
    """Makes keyframes for what ``writer`` has written.

    When the recording ends, it may take ``catch_up_seconds`` more.
    """

    def __init__(self, writer: "Writer", *, catch_up_seconds: float = CATCH_UP_SECONDS) -> None:
        self._writer = writer
        self._catch_up_seconds = catch_up_seconds
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._recording: Recording | None = None
        self._builder: KeyframeBuilder | None = None

    def start(self) -> None:
        """Start the thread that watches the writer."""
        thread = threading.Thread(target=self._run, name="agentrec-keyframes", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the user's limit of threads: whoever reads makes the keyframes
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
        while not self._ending.wait(POLL_SECONDS):
            calm = writer.written - before < CALM_BYTES_PER_SECOND * POLL_SECONDS
            before = writer.written
            if calm and before >= MIN_BYTES:
                self._build(lambda: self._ending.is_set() or writer.pending > MAX_PENDING_BYTES)
        if not self._catch_up_seconds:
            return
        if writer.written >= (MIN_BYTES if self._builder else MIN_BYTES_AT_END):
            deadline = time.monotonic() + self._catch_up_seconds
            self._build(lambda: time.monotonic() > deadline)

    def _build(self, should_stop: "Callable[[], bool]") -> None:
        builder = self._builder or self._open()
        while not should_stop() and builder.step():
            keyframe = builder.keyframe()
            if keyframe:
                self._writer.keyframe(*keyframe)

    def _open(self) -> "KeyframeBuilder":
        path = self._writer.path
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError("a stream cannot be read back")
        if is_short(ENGINE_BYTES):
            raise MemoryError("the terminal engine may not find enough memory")
        # The recorder starts without all this.
        from agentrec.recording.reader import Recording
        from agentrec.terminal.seek.keyframe_builder import KeyframeBuilder

        self._recording = Recording.open(path)
        self._builder = KeyframeBuilder(self._recording)
        return self._builder
