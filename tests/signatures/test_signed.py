"""Statements that somebody made up: never an error, never believed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentrec.errors import FormatError
from agentrec.recording.events import Event
from agentrec.recording.rewrite import save
from agentrec.signatures.check import MAX_FAULTS
from agentrec.signatures.session_key import SessionKey
from agentrec.signatures.sshsig import fingerprint, key_of
from agentrec.signatures.statement import SESSION, parse, session_text
from tests.signatures.helpers import HEADER, checked

KEY = SessionKey()
TEXT = session_text(HEADER, KEY.public)
SIGNED = {
    "statement": TEXT,
    "signature": KEY.sign(TEXT),
    "fingerprint": fingerprint(key_of(KEY.sign(TEXT))),
}
DIGESTS = {"statement": "agentrec digests", "version": 1, "recording": HEADER["id"], "number": 0}


def digests(**values):
    rest = {"before": "", "from": 0, "end": True, "parts": [[1, 0, ""]]}
    return {
        "statement": json.dumps({**DIGESTS, **rest, **values}),
        "signature": SIGNED["signature"],
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {}),
        ({**SIGNED, "signature": ""}, {}),
        (
            {
                **SIGNED,
                "signature": "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
            },
            {},
        ),
        ({**SIGNED, "statement": "[" * 300}, {}),
        ({**SIGNED, "statement": TEXT.replace(SESSION, "other")}, {}),
        ({**SIGNED, "statement": TEXT.replace('"version":1', '"version":2')}, {}),
        ({**SIGNED, "statement": TEXT.replace("ssh-ed25519 ", "x\\nsession ssh-ed25519 ")}, {}),
        ({**SIGNED, "fingerprint": "SHA256:other"}, {}),
        ({**SIGNED, "statement": "\ud800"}, {}),
        (SIGNED, digests(parts=[[2**70, 0, ""]])),
        (SIGNED, digests(parts=[[3, 0, ""], [2, 0, ""]])),
        (SIGNED, digests(parts=[[1, 0]])),
        (SIGNED, digests(parts={})),
        (SIGNED, digests(number=-1)),
        (SIGNED, digests(number=True)),
        (SIGNED, digests()),
        (SIGNED, {**digests(), "signature": "\0"}),
    ],
    ids=range(17),
)
def test_what_nobody_signed_is_not_believed(tmp_path, first, second):
    events = [
        Event(0, 0, "sys", "signer", first),
        Event(1, 0, "sys", "signature", second),
    ]
    path = str(tmp_path / "made-up.ahr")
    save(path, HEADER, events)
    report = checked(path)
    assert report.integrity == "changed"
    assert report.completeness == "incomplete"
    assert report.faults


@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text() | st.lists(st.integers())))
@settings(max_examples=50, deadline=None)
def test_any_statement_is_read_or_refused(values):
    for kind in (SESSION, DIGESTS["statement"]):
        try:
            parse(json.dumps({**values, "statement": kind, "version": 1}))
        except FormatError:
            continue


def test_hundreds_of_made_up_signatures_are_not_all_tried(tmp_path, monkeypatch):
    from agentrec.signatures import ssh_keygen

    tried = []
    verify = ssh_keygen.verify
    monkeypatch.setattr(ssh_keygen, "verify", lambda *args: tried.append(1) or verify(*args))
    events = [Event(0, 0, "sys", "signer", SIGNED)]
    events += [Event(n, 0, "sys", "signature", digests(number=n)) for n in range(1, 300)]
    path = str(tmp_path / "many.ahr")
    save(path, HEADER, events)
    report = checked(path)
    assert report.integrity == "changed"
    assert len(tried) <= 50
    assert len(report.faults) <= MAX_FAULTS + 1
    assert report.faults[-1].startswith("and ")
