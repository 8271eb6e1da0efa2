"""What an agent is told, once."""

from agentrec.companions.guard.untold_findings import MAX_ROUNDS, MAX_TOLD, UntoldFindings


def finding(name):
    return {"fingerprint": name, "rule": "duplicate-function", "text": name}


def told(untold):
    return [it["text"] for it in untold.take()]


def test_each_is_told_once():
    untold = UntoldFindings()
    untold.add([finding("a"), finding("b")])
    assert told(untold) == ["a", "b"]
    untold.add([finding("a"), finding("c")])
    assert told(untold) == ["c"]
    assert told(untold) == []


def test_an_agent_is_not_told_too_much_nor_for_ever():
    untold = UntoldFindings()
    untold.add([finding(str(n)) for n in range(50)])
    assert len(told(untold)) == MAX_TOLD
    for n in range(MAX_ROUNDS + 3):
        untold.add([finding(f"again {n}")])
        assert len(told(untold)) == (MAX_TOLD if n < MAX_ROUNDS - 1 else 0)


def test_what_was_too_much_is_next():
    untold = UntoldFindings()
    untold.add([finding(str(n)) for n in range(MAX_TOLD + 1)])
    assert [len(told(untold)) for _ in range(3)] == [MAX_TOLD, 1, 0]


def test_what_is_told_is_short():
    untold = UntoldFindings()
    untold.add([finding("x" * 100_000) | {"path": "p" * 5000, "line": 3, "symbol": "s" * 5000}])
    (short,) = untold.take()
    assert len(str(short)) < 1000
    assert short["line"] == 3
