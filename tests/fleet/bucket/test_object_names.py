"""What objects are called."""

import pytest

from agentrec.errors import InputError
from agentrec.fleet.bucket.object_names import (
    VersionName,
    folder,
    identity_of,
    is_data_name,
    parse_version,
)

SECOND = 1_000_000_000
HASH = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "more", [("",), (HASH,), (HASH, "sealed"), (HASH, "sealed-masked")], ids="-".join
)
def test_a_name_says_what_it_is_of(more):
    name = VersionName("20260131-142233-sh-9f3c", 1_769_869_353 * SECOND, 412, HASH, *more)
    assert name.key.startswith(
        f"recordings/20260131-142233-sh-9f3c/20260131T142233Z-0000000412-{HASH}"
    )
    assert parse_version(name.key) == name


@pytest.mark.parametrize(
    "key",
    [
        "",
        "bucket",
        f"recordings/{HASH}{HASH}.ahr",
        f"recordings/x/{HASH}{HASH}.ahr",
        f"recordings/../20260131T142233Z-0000000412-{HASH}.json",
        f"recordings/x/y/20260131T142233Z-0000000412-{HASH}.json",
        f"recordings/x/20269931T142233Z-0000000412-{HASH}.json",
        f"recordings/x/20260131T142233Z-0000000412-{HASH}.json.part",
        f"recordings/x/20260131T142233Z-0000000412-{HASH}-sealed.json",
        f"recordings/x/20260131T142233Z-0000000412-{HASH}-other-of-{HASH}.json",
        f"recordings/x/00010131T142233Z-0000000412-{HASH}.json",
        f"recordings/x/\u0662\u0660\u0662\u06660131T142233Z-0000000412-{HASH}.json",
    ],
)
def test_other_objects_are_no_versions(key):
    assert parse_version(key) is None


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", ".hidden", "a b", "é", "x" * 201])
def test_ids_that_cannot_be_names(name):
    with pytest.raises(InputError, match="id"):
        folder(name)


def test_names_of_data():
    sha256 = HASH + HASH
    assert is_data_name(f"{sha256}.ahr")
    assert is_data_name(f"{sha256}.pack.part")
    assert not is_data_name(f"../{sha256}.ahr")
    assert not is_data_name(f"{sha256}.json")


def test_the_identity_is_that_of_the_content():
    one = identity_of("a", {"s": {"x": "1", "y": "2"}})
    assert one == identity_of("a", {"s": {"y": "2", "x": "1"}})
    assert len({one, identity_of("b", {}), identity_of("a", {}), identity_of("a", {"s": {}})}) == 4
