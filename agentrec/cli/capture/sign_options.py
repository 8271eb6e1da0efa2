"""The options that say whether a recording is signed. On the start path: imports are light here."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from typing import Any

    from agentrec.json_values import JsonObject
    from agentrec.recording.sink import Signer


def add_signing(parser: "argparse.ArgumentParser") -> None:
    signing = parser.add_mutually_exclusive_group()
    signing.add_argument(
        "--sign",
        nargs="?",
        const="",
        metavar="KEY",
        help="sign it with your SSH key: a file, or the one in ~/.ssh or the agent",
    )
    signing.add_argument(
        "--no-sign",
        dest="sign",
        action="store_false",
        default=None,
        help="do not, whatever the settings say",
    )


def chosen_key(sign: "str | bool | None", settings: "Mapping[str, Any]") -> str | None:
    """The key that a new recording is signed with; empty: the user's own; None: it is not signed.

    ``sign``: what the options say.
    """
    if sign is False:
        return None
    key = sign or settings.get("sign") or ""
    return None if sign is None and not key else str(key)


def signer_for(key: str | None, header: "JsonObject", env: "Mapping[str, str]") -> "Signer | None":
    """Who signs a new recording with this header, if it is to be signed. Raises RecorderError."""
    if key is None:
        return None
    from agentrec.signatures.user_key import begin

    return begin(header, key, env)
