"""What ssh-keygen says is believed, and not that it seems to have ended well."""

import os
import signal

import pytest

from agentrec.errors import RecorderError
from agentrec.signatures import ssh_keygen
from tests.signatures.helpers import allow, make_key


@pytest.fixture(params=[signal.SIG_DFL, signal.SIG_IGN])
def any_parent(request):
    """With SIGCHLD ignored, every program seems to end with 0."""
    before = signal.signal(signal.SIGCHLD, request.param)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.mark.usefixtures("any_parent")
def test_only_a_true_signature_holds(key, tmp_path):
    signers = allow(tmp_path, key)
    foreign = allow(tmp_path, make_key(tmp_path, "other"), name="foreign")
    signature = ssh_keygen.sign("text", str(key), os.environ)
    assert ssh_keygen.check("text", signature) == ""
    assert ssh_keygen.verify("text", signature, signers, "me@x") == ""
    assert ssh_keygen.principals(signature, signers) == (["me@x"], "")
    assert ssh_keygen.check("other text", signature)
    assert ssh_keygen.verify("other text", signature, signers, "me@x")
    assert ssh_keygen.verify("text", signature, foreign, "me@x")
    found, why = ssh_keygen.principals(signature, foreign)
    assert found == []
    assert why == "its key is not in the list"
    (tmp_path / "note.txt").write_text("a note")
    with pytest.raises(RecorderError, match=r"note.txt: it is not an SSH key; nothing was run"):
        ssh_keygen.sign("text", str(tmp_path / "note.txt"), os.environ)
