"""A hook for Codex at the end of each turn, given on its command line. On the start path: light imports.

Codex runs only hooks that its user has reviewed: it keeps a digest of each. Ours comes with its digest, so
that no other hook is trusted with it. A version of Codex that computes it otherwise does not run ours.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise

# How Codex names the first hook that its command line gives it.
_KEY = "/<session-flags>/config.toml:stop:0:0"
_TIMEOUT_SECONDS = 30


def with_hook(argv: list[str], command: str) -> list[str]:
    """``argv`` with a hook that runs ``command``, unless the user has given it hooks there."""
    values = [word for before, word in pairwise(argv) if before in ("-c", "--config")]
    values += [word for word in argv if word.startswith(("-c", "--config="))]
    if any(map(_sets_hooks, values)):
        return argv
    return [argv[0], "-c", _hook(command), "-c", _trust(command), *argv[1:]]


def _sets_hooks(word: str) -> bool:
    return word.removeprefix("--config=").removeprefix("-c").startswith(("hooks.", "hooks="))


def _hook(command: str) -> str:
    # A JSON string is a TOML string.
    run = f'type="command",command={json.dumps(command)},timeout={_TIMEOUT_SECONDS}'
    return f"hooks.Stop=[{{hooks=[{{{run}}}]}}]"


def _trust(command: str) -> str:
    return f'hooks.state={{"{_KEY}"={{trusted_hash="sha256:{digest(command)}"}}}}'


def digest(command: str) -> str:
    """What Codex keeps of a hook that was reviewed."""
    run = {"type": "command", "command": command, "timeout": _TIMEOUT_SECONDS, "async": False}
    hook = {"event_name": "stop", "hooks": [run]}
    text = json.dumps(hook, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
