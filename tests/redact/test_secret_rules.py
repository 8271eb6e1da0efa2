"""The rules against the corpus: every kind is known, and nothing harmless is."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agentrec.redact.secret_rules import RULE_NAMES, find_secrets, find_unfinished
from fixtures.secrets import Secret, harmless, secrets
from fixtures.secrets.kinds import GROUPS, kinds, left_of

CORPUS = secrets()


def masked(text: str) -> str:
    for hit in reversed(find_secrets(text)):
        text = text[: hit.start] + "*" * (hit.stop - hit.start) + text[hit.stop :]
    return text


def test_the_corpus_is_what_it_should_be() -> None:
    assert len(CORPUS) >= 60
    assert len({secret.kind for secret in CORPUS}) >= 15
    assert len(harmless()) == 500
    assert len(set(harmless())) == 500


@pytest.mark.parametrize("secret", CORPUS, ids=lambda secret: secret.kind)
def test_every_secret_is_found_as_a_whole(secret: Secret) -> None:
    assert masked(secret.text).count("*") >= sum(map(len, secret.needles[-1:]))
    assert not [needle for needle in secret.needles if needle in masked(secret.text)]


def test_at_most_two_harmless_strings_are_masked() -> None:
    assert len([text for text in harmless() if find_secrets(text)]) <= 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"' + "A" * 60 + "B1AXcBeQF7AXsBRw" + "A" * 40 + '"', id="table of zeros"),
        pytest.param("EAATQBOAE8AUABRAFIAUwBUAFUAVgBXAF8AYABmAGkAagBrAGwAbgCNAI4Aj", id="table"),
        "a Workspace ID (for example, `wrkspc_011CZkZaBF1tNoB5wlCeusgy`).",
        "the rate-limit group rlg_01VPTCmyiu5ZLsWkcxYG2pY8",
        "Set-Cookie: PART_NUMBER=ROCKET_LAUNCHER_0001; path=/",
        "sha512-HyE6tDR0VDJhyUyHMxnW0Ucr9XD8U0h3RY7etjlF25cPBb3EiNKlkCl1uEUMgV9IWSyBsN9nd",
        "'AES_KEY', 'PKCS7_ISSUER_AND_SERIAL'",
        "#define sz_xXF86VidModeGetViewPortReq\\t\\t8",
        " * @GNUTLS_KX_DHE_PSK: DHE-PSK key-exchange algorithm.",
        'the value for all columns identified by "aOrderBy".',
    ],
)
def test_data_ids_and_names_of_constants_are_not_masked(text: str) -> None:
    assert masked(text) == text


def test_tokens_that_look_like_tables() -> None:
    for token in (
        "A" * 22 + "MLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI%3DEUifiRBkKG5E2XzMDjRfl76ZC9Ub0wnz",
        "EAATQBOc3dF7gHj2kLmN9pQrStUvWxYz4BcDfGhJkLmNpQrStVwXz2357Ab9kQw8Zx",
    ):
        assert masked(f"use {token}\n") == f"use {'*' * len(token)}\n"


def test_what_was_found_does_not_overlap() -> None:
    text = "curl https://u:" + CORPUS[7].needles[0] + "@host -H 'Authorization: Bearer " + "a1" * 20
    hits = find_secrets(text)
    assert len(hits) == 2
    assert all(one.stop <= two.start for one, two in pairwise(hits))


@pytest.mark.parametrize(
    ("text", "growing"),
    [
        ("export TOKEN=a", "a"),
        ("use ghp" + "_", "ghp_"),
        ("postgres://app:x", "x"),
        ("http://localhost:30", ""),  # a port
        ("token=$", ""),
        ("gh", ""),
        ("ghp_a is one", ""),  # not at the end any more
    ],
)
def test_beginnings_of_secrets(text: str, growing: str) -> None:
    assert "".join(text[hit.start : hit.stop] for hit in find_unfinished(text)) == growing


@pytest.mark.parametrize("text", ["a-" * 20_000, "eyJ" * 10_000, "password=" * 5_000, "x" * 60_000])
def test_long_texts_of_one_pattern_take_no_longer_than_others(text: str) -> None:
    """The steps of a backtracking expression would not end within the test's time limit."""
    find_secrets(text)


@pytest.mark.parametrize("mark", ["AzFu", "AIoT", "APIM", "AzSe", "+ASt", "JQQJ99"])
def test_azure_keys_by_the_mark_inside(mark: str) -> None:
    key = ("aB3" * 17)[:44] + mark + "xYz09"
    assert masked(f"use {key}\n") == f"use {'*' * len(key)}\n"


def test_names_of_rules_are_few_and_plain() -> None:
    assert all(name == name.lower() and " " not in name for name in RULE_NAMES)
    assert len(RULE_NAMES) >= 100


@pytest.mark.parametrize("group", GROUPS)
def test_kinds_of_secrets(group: str) -> None:
    """Also with values that were never drawn before."""
    drawn = [secret for seed in range(3) for secret in kinds(group, seed)]
    left = [secret.text for secret in drawn if left_of(secret, masked(secret.text))]
    assert len(left) <= 0.03 * len(drawn), left


def test_there_are_many_kinds() -> None:
    assert len({secret.kind for group in GROUPS for secret in kinds(group, 0)}) >= 300


@pytest.mark.parametrize(
    "text",
    [
        "password = getpass.getpass('Password: ')",
        "key = element.namespaceURI, element.localName",
        "readonly STENCIL_PASS_DEPTH_PASS: 0x0B96;",
        '"fs-minipass": "^3.0.3",',
        '"integrity": "sha512-qn77fwy6dupukO7heBbrSZcqWbyuZcJPqnMTw59Jz8P7Sp05y6NGOYSUQ6VHkSdH=="',
        "AIX filesets are identified by four digits",
        "authorization = base64.decodebytes(authorization)",
        'type RequestCredentials = "include" | "omit";',
        '__all__ = ["getpass", "getuser"]',
        "'pass': 'The \"pass\" statement'",
        "basic = { username: basic[0], password: basic[1] }",
        "lastSignificantToken = nextLastSignificantToken;",
        "<protocol>://\\[lB]<user>\\[lB]:<password>\\[rB]@\\[rB]",
        "-----BEGIN PRIVATE KEY-----",
        '"pass": "\u3059\u3079\u3066\u306e\u5fc5\u9808\u306eARIA"',
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "msg_01p6woPyAGLUxKkwvncrwb4e",
        '{"id": "toolu_017JLVVSTDb4q9N7jEpq5Biz", "name": "Bash"}',
        "resp_LwGXcnHYafrNHsUJUVYrZxXQpow26jBR",
        "rs_yoCb5qTLfzKmjAVXVbR6dBQAAnFBnXpgeYRgiEfWcsXyFQMK",
        "No tool output found for function call call_gJemU6hHZpdfy8FCFpWTiePW.",
    ],
)
def test_what_only_seems_to_be_a_secret(text: str) -> None:
    assert masked(text) == text
