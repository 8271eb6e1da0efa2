"""Tests that are gone, skipped, or check less, in several languages."""

import pytest

from tests.guard.trees import check, found

TESTS = {
    "tests/test_a.py": (
        "def test_one():\n    assert f(1) == 1\n\ndef test_two():\n    assert f(2) == 2\n",
        "import pytest\n",
        "@pytest.mark.skip\n",
    ),
    "a.test.js": (
        "it('one', () => {\n  expect(f(1)).toBe(1);\n});\nit('two', () => {\n  expect(f(2)).toBe(2);\n});\n",
        "",
        "it.skip('three', () => {});\n",
    ),
    "a_test.go": (
        "func TestOne(t *testing.T) {\n\tt.Error(1)\n}\nfunc TestTwo(t *testing.T) {\n\tt.Fatal(2)\n}\n",
        "",
        "\tt.Skip()\n",
    ),
    "tests/a.rs": (
        "#[test]\nfn one() {\n    assert_eq!(f(1), 1);\n}\n#[test]\nfn two() {\n    assert!(f(2));\n}\n",
        "",
        "#[ignore]\n",
    ),
    "ATest.java": (
        "@Test\nvoid one() { assertEquals(1, f(1)); }\n@Test\nvoid two() { assertTrue(f(2)); }\n",
        "",
        "@Disabled\n",
    ),
    "a_spec.rb": (
        "it 'one' do\n  expect(f(1)).to eq(1)\nend\nit 'two' do\n  expect(f(2)).to eq(2)\nend\n",
        "",
        "  skip 'later'\n",
    ),
}
CASES = sorted(TESTS)


@pytest.mark.parametrize("path", CASES)
def test_a_deleted_test_file_is_found(path):
    (finding,) = check({path: TESTS[path][0]}, {}).findings
    assert (finding.rule, finding.text) == ("test-deleted", "the file is gone, with 2 tests")


@pytest.mark.parametrize("path", CASES)
def test_a_test_that_is_gone_is_found(path):
    text = TESTS[path][0]
    middle = text.index("two") if "two" in text else text.index("Two")
    start = max(text.rfind(sign, 0, middle) for sign in ("def ", "it", "func ", "#[", "@Test"))
    (finding,) = check({path: text}, {path: text[:start]}).findings
    assert (finding.rule, finding.text) == ("test-deleted", "1 of 2 tests gone")


@pytest.mark.parametrize("path", CASES)
def test_a_skipped_test_is_found(path):
    text, _, skip = TESTS[path]
    (finding,) = check({path: text}, {path: text + "\n" + skip}).findings
    assert finding.rule == "test-skipped"
    assert finding.place.line == text.count("\n") + 2
    assert found({path: text + skip}, {path: skip + text}) == []


@pytest.mark.parametrize("path", CASES)
def test_fewer_assertions_are_found(path):
    text = TESTS[path][0]
    for sign in (
        "assert f(2) == 2",
        "expect(f(2)).toBe(2)",
        "t.Fatal(2)",
        "assert!(f(2))",
        "assertTrue(f(2))",
    ):
        text = text.replace(sign, "f(2)")
    text = text.replace("expect(f(2)).to eq(2)", "f(2)")
    assert text != TESTS[path][0]
    (finding,) = check({path: TESTS[path][0]}, {path: text}).findings
    assert (finding.rule, finding.text) == ("assertion-removed", "1 assertion, 2 before")


def test_tests_may_move():
    text = TESTS["tests/test_a.py"][0]
    assert found({"tests/test_a.py": text}, {"tests/test_b.py": text}) == []
    assert found({"tests/test_a.py": text}, {"tests/test_a.py": "", "tests/test_c.py": text}) == []


def test_what_is_no_test_may_lose_assertions():
    assert found({"a.py": "assert x\n"}, {"a.py": "pass\n"}) == []


def test_a_new_test_may_be_skipped_under_a_condition():
    text = "@pytest.mark.skipif(sys.platform == 'win32', reason='paths')\n"
    whole = text + TESTS["tests/test_a.py"][0]
    assert found({}, {"tests/test_a.py": whole}) == []
    assert found({"tests/test_a.py": TESTS["tests/test_a.py"][0]}, {"tests/test_a.py": whole}) == [
        ("test-skipped", "tests/test_a.py", 1)
    ]
    assert found({}, {"tests/test_a.py": whole.replace("skipif", "skip")}) != []
