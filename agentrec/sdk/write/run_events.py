"""The events of one run: encoded, and on their way into a recording."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import warnings
from json.encoder import encode_basestring  # the one of C where there is one
from typing import TYPE_CHECKING

from agentrec.errors import AgentrecError
from agentrec.sdk import current
from agentrec.sdk.states.plain_json import LEFT_OUT, JsonText, NotRecorded, too_long
from agentrec.sdk.states.state_chain import StateChain
from agentrec.sdk.write.outbox import Outbox
from agentrec.sdk.write.own_file import OwnFile
from agentrec.sdk.write.run_header import new_header
from agentrec.sdk.write.running_recorder import RunningRecorder, join
from agentrec.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.json_values import JsonObject
    from agentrec.sdk.states.plain_json import Convert

_MAX_WARNINGS = 20
_MAX_NAMES = 10_000


class RunEvents:
    """Adds events to the recording at :attr:`path`; ``run`` is the id of the run in it.

    ``joined``: it is the recording of ``agentrec record``, and this program runs inside.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        *,
        name: str,
        convert: Convert | None,
        join_running: bool,
        redact: bool,
        overwrite: bool,
        parent: JsonObject | None,
    ) -> None:
        """Raises OutputError when the file cannot be written."""
        self.run = os.urandom(4).hex()
        self.name = name
        self.closed = False
        self.env = dict(os.environ)
        self.lock = threading.RLock()
        self._text = JsonText(convert)
        self.paused = False
        self._chains = {"state": StateChain(self._text), "prompt": StateChain(self._text)}
        self._names: dict[str, str] = {}
        self._pid = os.getpid()
        self._warned = 0
        alone = path is not None or parent is not None or not join_running
        running = None if alone else join(self.env)
        self.running = running
        self._carrier: RunningRecorder | OwnFile = running or self._own_file(
            path, parent, redact=redact, overwrite=overwrite
        )
        self.path, self.session = self._carrier.path, self._carrier.session
        self.joined = running is not None
        self._start_ns = self._carrier.start_ns
        self._outbox = Outbox(self._carrier)

    def _own_file(
        self,
        path: str | os.PathLike[str] | None,
        parent: JsonObject | None,
        *,
        redact: bool,
        overwrite: bool,
    ) -> OwnFile:
        from agentrec.recording.encryption.recipients import NO_PROGRAM, recipients_for
        from agentrec.recording_registry import default_path, new_id
        from agentrec.redact import mask_text

        program = self.name or os.path.basename(sys.argv[0] or "python")
        if recipients := recipients_for(None, self.env):
            program = NO_PROGRAM
        session = new_id(mask_text(program) if redact else program)
        file = os.fspath(path) if path is not None else default_path(session, self.env)
        header = new_header(session, title=self.name, env=self.env, redact=redact, parent=parent)
        return OwnFile(
            file, header, self.env, overwrite=overwrite, redact=redact, recipients=recipients
        )

    @property
    def failure(self) -> Exception | None:
        """Why nothing more is recorded, if so."""
        return self._outbox.failure

    def flush(self) -> None:
        """Return when everything so far has been handed on; in the file it is at most 200 ms later."""
        self._outbox.flush()

    def wait_until_written(self) -> None:
        """Return when everything so far is in the file, or could not be written."""
        self._outbox.flush()
        self._carrier.flush()

    def end(self) -> None:
        """Hand on the rest and let go of the recording."""
        self._outbox.close()
        if self.failure is not None:
            self.warn(f"the recording is incomplete: {self.failure}")
        if dropped := self._outbox.dropped:
            self.warn(f"{plural(dropped, 'event')} too large for a recording")

    @property
    def is_ours(self) -> bool:
        """Whether this is the process that the recorder was made in, and not a fork of it."""
        return os.getpid() == self._pid

    def event(
        self,
        track: str,
        kind: str,
        data: str,
        *,
        span: str | None = None,
        parent: str | None = None,
        actor: str | None = None,
        ago_ns: int = 0,
    ) -> None:
        """Add an event; ``data`` is the inside of its JSON object, ``ago_ns`` how long ago it was."""
        if self.closed or self.paused:
            return
        if not self.is_ours:
            self.warn("this process was forked, and is not recorded: give it a Recorder of its own")
            return
        t = (time.monotonic_ns() - self._start_ns) // 1000 * 1000
        if self.joined or ago_ns:
            at = max(0, t - ago_ns)
            data += f',"at_ns":{at}' if data else f'"at_ns":{at}'
        text = f'{{"track":"{track}","kind":"{kind}","data":{{{data}}}'
        if span is not None:
            text += f',"span":{encode_basestring(span)}'
        if parent is not None:
            text += f',"parent":{encode_basestring(parent)}'
        if actor is not None:
            text += f',"actor":{encode_basestring(actor)}'
        self._outbox.put(t, text + "}", f"{track}/{kind}")
        if self._text.left_out:
            self._report_left_out()

    def enclosing(self) -> str | None:
        """The span of the step that code runs in."""
        return current.enclosing_span(self)

    def name_text(self, node: str) -> str:
        """A name as JSON: the same few come again and again."""
        text = self._names.get(node)
        if text is None:
            if len(self._names) > _MAX_NAMES:
                self._names.clear()
            text = self._names[node] = json.dumps(str(node))
        return text

    def state_text(self, value: object, chain: str = "state") -> str:
        """The JSON text that stands for a state. Only under the lock, which its event is added under, too."""
        return self._chains[chain].store(value)

    def record_again(self) -> None:
        """After a pause."""
        self.paused = False
        with self.lock:
            for chain in self._chains.values():
                chain.break_off()

    def value_text(self, value: object) -> str:
        """A value as JSON text."""
        text = self._text.of(value)
        if not too_long((text,)):
            return text
        what = f"{len(text):,} characters"
        self._text.left_out.append(NotRecorded("the value", what))
        return json.dumps({LEFT_OUT: what})

    def ask(self, request: JsonObject) -> None:
        """Ask the recorder around this program for something, after what came before."""
        assert self.running is not None
        self.wait_until_written()
        try:
            self.running.ask(request)
        except (AgentrecError, OSError) as error:
            self.warn(str(error))

    def warn(self, text: str) -> None:
        """Tell the program's author; a few times, not for every step."""
        self._warned += 1
        if self._warned <= _MAX_WARNINGS:
            warnings.warn(f"agentrec: {text}", RuntimeWarning, stacklevel=4)

    def _report_left_out(self) -> None:
        left, self._text.left_out = self._text.left_out, []
        for path, kind in left:
            self.warn(
                f"{path} is not JSON ({kind}) and was not recorded: leave it out of the state, or"
                " pass Recorder(convert=...) to say what to store instead"
            )


def fields_text(values: Mapping[str, object]) -> str:
    """The inside of a JSON object. The values are ours, or texts; what is not is made one."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)[1:-1]
