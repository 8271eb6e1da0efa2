"""The options that say whether a recording is signed. On the start path: imports are light here."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

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


def signer_for(
    sign: "str | bool | None",
    header: "JsonObject",
    env: "Mapping[str, str]",
) -> "Signer | None":
    """Who signs a new recording with this header, if it is to be signed.

    ``sign``: the key's file; empty: the one of the settings, or the user's; None: as the settings say.
    Raises RecorderError.
    """
    if sign is False:
        return None
    from agentrec.config import record_settings

    key = sign or record_settings(env).get("sign")
    if sign is None and not key:
        return None
    from agentrec.signatures.user_key import begin

    return begin(header, str(key or ""), env)
