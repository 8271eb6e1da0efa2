"""Statements and their signatures as files, so that `ssh-keygen -Y verify` can check them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from agentrec.errors import OutputError
from agentrec.signatures.signed import all_of, has_signer, statements
from agentrec.signatures.sshsig import NAMESPACE

if TYPE_CHECKING:
    from agentrec.recording.reader import Recording

SESSION_SIGNERS = "session.allowed_signers"


def write_statements(recording: Recording, folder: str) -> int:
    """Write ``session`` and ``digests-N``, each with its ``.sig``, to the new directory; returns how many.

    ``session.allowed_signers`` has the recording's key, as the principal ``session``. Raises OutputError.
    """
    if not has_signer(recording):
        raise OutputError(f"{recording.name} is not signed: there is nothing to write")
    found = statements(recording)
    files: dict[str, str] = {}
    for number, signed in enumerate(all_of(found)):
        name = f"digests-{number - 1:04}" if number else "session"
        files[name], files[f"{name}.sig"] = signed.text, signed.signature
    if found.session:
        key = found.session.statement.key
        files[SESSION_SIGNERS] = f'session namespaces="{NAMESPACE}" {key}\n'
    try:
        os.mkdir(folder)
        for name, text in files.items():
            with open(os.path.join(folder, name), "xb") as file:
                file.write(text.encode("utf-8", "surrogatepass"))
    except FileExistsError:
        raise OutputError(f"{folder} already exists", "name a new directory") from None
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # it was made here
        raise OutputError(f"cannot write {folder}: {error.strerror}") from None
    return len(files)
