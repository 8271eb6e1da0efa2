"""Assignments in any language: a name that promises a secret, a separator, a value.

``DB_PASSWORD=x``, ``dbPassword: "x"``, ``token := "x"``, ``<password>x</password>``, ``PASSWORD 'x'``,
``("api_key", "x")``, ``password("x")``, ``| password | x |``.
"""

from __future__ import annotations

from agentrec.redact.rules.plausibility import (
    is_placeholder,
    is_plausible,
    is_plausible_value,
    is_strong,
    is_token,
    name_before,
)
from agentrec.redact.rules.secret_names import PASSWORD, kind_of
from agentrec.redact.rules.secret_rule import secret_rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

# What each name contains.
NAMES = (
    "pass pwd pswd pass psk secret token key cred auth cookie jwt bearer dsn mnemonic signature"
    " session salt seed "
    "otp license kennwort contrase senha _pat _pw sid"
)
_CORE = "(?i:" + "|".join(NAMES.split()) + ")"
_NAME = rf"(?P<n>{_CORE}[A-Za-z0-9_.-]{{0,40}})"
_BLANKS = r"[ \t]{0,24}"
# A type between name and value: `const apiKey: string = "x"`, `var apiKey string = "x"`.
_TYPE = r"(?:\s?:?\s(?:&?(?:const )?[A-Za-z][\w.]{0,20}[?\]>*]?)\s?(?==\s?[\"'`]))?"
_ASSIGNS = (
    rf"[\"'`\\\]]{{0,4}}{_BLANKS}{_TYPE}(?:[:=?+|]?=>?|::?|<-){_BLANKS}(?:@(?=\")"
    rf"|[A-Za-z-]{{4,24}} ?\(?(?=[\"'][^\s\"'])|[fbru]{{1,2}}(?=[\"']))?"
)
_SEPARATOR = (
    rf"(?P<s>{_ASSIGNS}"
    r"|[\"'`]\s{0,2},\s{0,2}(?=\\?[\"'`])"  # ("name", "value")
    r"|[\"'`]?\)?\s?\(\s?(?=[\"'`])"  # name("value")
    r"|[ \t]{1,4}(?=['\"]))"  # SQL: PASSWORD 'value'
)
VALUE = (
    r"(?P<q>\\?[\"'`]?)(?P<v>(?<=\")[^\"\n]{4,400}?(?=\\?\")|(?<=')[^'\n]{4,400}?(?=\\?')"
    r"|(?<=`)[^`\n]{4,400}?(?=\\?`)"
    r"|[^\s\"'`,;&|<>(){}\[\]\\]{4,512})"
)
_GROWING = (
    r"(?P<q>\\?[\"'`]?)(?P<v>(?![$%*~/.<{(\[=])(?:(?<=\")[^\"\n]{1,400}|(?<=')[^'\n]{1,400}"
    r"|(?<![\"'`])[^\s\"'`,;&|<>(){}\[\]\\]{1,512}))"
)
_PAIR = (
    r"[\"']?(?:</\w{1,20}>\s{0,20}<\w{1,20}>|[\s,;/{]{1,4}(?:\s{0,20}\w{1,12}=\"[^\"]{0,40}\")?\s{0,20}"
    r"[\"']?(?i:value|default|content|secret)[\"']?\s?[=:]\s?)"
)


def _is_assigned(match: re.Match[str]) -> bool:
    separator, value = match["s"].strip(), match["v"]
    if "," in separator and value.isalpha():
        return False  # a list of words
    if not separator.endswith(("=", ":", ">", "-")) and not name_before(match).isupper():
        # In code, what follows without a sign of assignment is often another name.
        digits = any(map(str.isdigit, value)) and "," not in separator
        return is_plausible(match) and (digits or is_strong(value))
    return is_plausible(match)


def _is_element(match: re.Match[str]) -> bool:
    return _is_tagged(match) and is_plausible_value(name_before(match), match["v"])


def _is_tagged(match: re.Match[str]) -> bool:
    """Whether the name is that of an XML element."""
    text, start = match.string, match.start("n")
    least = max(0, start - 60)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in "_-.:"):
        start -= 1
    return start > 0 and text[start - 1] == "<"


def _promises(match: re.Match[str]) -> bool:
    """Of what grows: its name promises a secret, and a weak name is not enough."""
    return kind_of(name_before(match)) not in ("", "weak") and not is_placeholder(match["v"])


def _is_setting(match: re.Match[str]) -> bool:
    name, value = name_before(match), match["v"].strip("\"'")
    return name.isupper() and is_plausible_value(name, value, quoted=False, sure=True)


def _is_paired(match: re.Match[str]) -> bool:
    return is_plausible_value(name_before(match), match["v"], quoted=False)


def _is_cell(match: re.Match[str]) -> bool:
    name, value = name_before(match), match["v"]
    before = match.string[max(0, match.start("n") - 80) : match.start("n")].removesuffix(
        name[: -len(match["n"])]
    )
    if before.rpartition("\n")[2].strip(" \t|\u2502"):
        return False  # not the first cell
    if kind_of(name) == PASSWORD:
        return not value.isalpha() and any(map(str.isdigit, value)) and not is_placeholder(value)
    return bool(kind_of(name)) and is_token(value) and is_plausible_value(name, value)


RULES = (
    secret_rule(
        "assignment",
        "",
        _NAME + _SEPARATOR + VALUE,
        _NAME + rf"(?P<s>{_ASSIGNS})" + _GROWING,
        _is_assigned,
        _promises,
        starts="assigned",
    ),
    # <name>x</name>
    secret_rule(
        "assignment",
        "",
        _NAME + r"(?:\s[^<>\n]{0,60})?>(?P<v>[^<>\n]{4,512})(?=</)",
        check=_is_element,
        starts="assigned",
    ),
    # All of a setting, whatever characters are in it.
    secret_rule(
        "assignment",
        "",
        r"(?P<n>[A-Z][A-Z0-9_]*)="
        r"(?P<v>[^\s\"'`][^\s\"'`]{3,}|\"[^\"\n]{4,}\"|'[^'\n]{4,}')(?=\s|\Z)",
        check=_is_setting,
        starts="assigned",
    ),
    # <add key="DbPassword" value="x"/>, {"name": "DB_PASSWORD", "value": "x"}, <key>token</key><string>x
    secret_rule("assignment", "", _NAME + _PAIR + VALUE, check=_is_paired, starts="assigned"),
    # | password | x |, and columns: password    x
    secret_rule(
        "assignment",
        "",
        rf"{_NAME}(?:[ \t]{{0,40}}[|\u2502][ \t]{{0,4}}|[ \t]{{2,40}})(?P<v>[^\s|\u2502\"'(){{}}<>]{{6,400}})"
        r"[ \t]{0,80}(?:[|\u2502][ \t]*)?(?=\n|\Z)",
        check=_is_cell,
        starts="assigned",
    ),
)
