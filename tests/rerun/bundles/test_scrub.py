"""Bundles are scrubbed: nothing that looks like a secret is left, and the report says where it was."""

from agentrec.redact import MASK
from agentrec.rerun.bundles.bundle import Bundle, Worker, bundle_text
from agentrec.rerun.bundles.bundle_files import file_data
from agentrec.rerun.bundles.scrub import masked_files, scrub

KEY = "sk-ant-" + "api03-" + "Xy9" * 31
PEM = (
    "-----BEGIN PRIVATE " + "KEY-----\n" + "MIIEvAIBADANBgkq\n" * 4 + "-----END PRIVATE KEY-----\n"
)


def test_everything_is_masked_and_reported():
    worker = Worker(
        "parser",
        f"Use {KEY}.",
        handoff=f"I used {KEY}.",
        options=["--api-key", KEY, "--verbose"],
        files={
            "id.pem": file_data(PEM.encode(), 0o100644),
            "a.py": file_data(f"KEY = '{KEY}'\nx = 1\n".encode(), 0o100644),
            "plain.py": file_data(b"x = 1\n", 0o100644),
        },
        expected={"tests": [f"failed with {KEY}"]},
    )
    bundle = Bundle("s", "", "", [worker], task=f"Use {KEY}.")
    report = scrub(bundle)
    text = bundle_text(bundle.as_data())
    assert KEY not in text
    assert "MIIE" not in text
    assert "--verbose" in text
    places = {it.place for it in report}
    assert places >= {
        *("meta: task", "parser: task", "parser: handoff", "parser: options", "parser: expected"),
        *("parser: id.pem", "parser: a.py"),
    }
    assert masked_files(worker) == ["id.pem", "a.py"]
    assert worker.files["plain.py"] == {"mode": "100644", "lines": ["x = 1\n"]}
    assert worker.files["a.py"]["lines"] == [f"KEY = '{MASK}'\n", "x = 1\n"]
    assert sum(bundle.masked.values()) == sum(it.times for it in report)
    assert scrub(bundle) == []
