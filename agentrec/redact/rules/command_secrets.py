"""Secrets in command lines: options with names, and the short options of programs that take passwords."""

from __future__ import annotations

import re

from agentrec.redact.rules.plausibility import is_placeholder, is_token, name_before
from agentrec.redact.rules.secret_names import PASSWORD, WEAK, kind_of
from agentrec.redact.rules.secret_rule import SecretRule, secret_rule

# A word of a shell, quoted or not.
_WORD = (
    r"(?P<q>[\"']?)(?P<v>(?<=\")[^\"\n]{1,400}(?=\")|(?<=')[^'\n]{1,400}(?=')|(?<![\"'])[^\s\"'"
    r"|;&<>`(){}]{2,400})"
)
_USER_WORD = r"[\"']?[^\s\"':=$]{1,80}:(?P<v>[^\s\"'$<{*/][^\s\"']{2,200})"
_ARGUMENTS = r"(?:[ \t][^\n|;&]{0,300}?)??"

# Programs, and the short options that stand before a password.
_SHORT = (
    ("mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump mycli", "-p", ""),
    ("sshpass", "-p", "[ =]?"),
    (
        "ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldappasswd ldapcompare ldapmodrdn",
        "-w",
        " ?",
    ),
    ("redis-cli valkey-cli keydb-cli", "-a", " "),
    ("mongo mongosh mongodump mongorestore mongoexport mongoimport", "-p", " ?"),
    ("docker podman helm buildah skopeo oras crane nerdctl registry", "-p", " "),
    (
        (
            "az oc ansible twine cqlsh pgcli psexec evil-winrm smbmap crackmapexec nxc rdesktop influx"
            " kinit hydra"
        ),
        "-p",
        " ",
    ),
    ("sqlcmd bcp isql tsql osql zip unzip ipmitool lpadmin", "-P", " ?"),
    ("7z 7za 7zz rar unrar", "-p", ""),
    ("plink pscp putty psftp klink", "-pw", " "),
    ("snmpwalk snmpget snmpset snmpbulkwalk", "-(?:A|X)", " "),
    ("useradd usermod", "-p", " "),
    ("openssl", "-(?:k|pass|passin|passout)", " (?:pass:)?"),
    ("xfreerdp wfreerdp", "/p:", ""),
    ("schtasks", "/rp", " "),
    ("doctl hub gh glab", "-(?:t|-token)", " "),
    ("dotnet nuget", "-(?:k|-api-key|ApiKey)", " "),
    ("ngrok cloudflared", "(?:authtoken|add-authtoken|--token)", " "),
)
_WITH_USER = (
    ("curl wget http https xh httpie lwp-request aria2c", "-(?:u|U|a|-user|-proxy-user|-auth)"),
    ("smbclient rpcclient net smbget", "-U"),
    ("lftp ncftp", "-u"),
)


_SETS = (
    r"(?<![\w-])(?:set(?:env|x)?(?: -[a-zA-Z]+)?|ENV|config(?:ure)?(?: set| add| --?\w+)*|put|authtoken)"
    r"[ \t]+[\w./:@-]{0,80}\Z"
)
PROGRAMS = [name for names, *_ in (*_SHORT, *_WITH_USER) for name in names.split()] + [
    "htpasswd",
    "hub",
]
# What stands before a password in a command line.
OPTIONS = r"[-/](?<=[ \t].)(?:[pPaAwuUktb]|-(?:user|proxy-user|auth|api-key|body|token)|rp)"


def _program(names: str) -> str:
    return "(?:" + "|".join(map(re.escape, names.split())) + ")"


def _short(names: str, option: str, gap: str) -> SecretRule:
    pattern = rf"{_program(names)}{_ARGUMENTS}[ \t]{option}{gap}{_WORD}"
    return secret_rule("command-option", "", pattern, check=_is_argument, starts="program")


def _with_user(names: str, option: str) -> SecretRule:
    user = (
        _USER_WORD.replace(":(", "[:%,](")
        if "smbclient" in names or "lftp" in names
        else _USER_WORD
    )
    pattern = rf"{_program(names)}{_ARGUMENTS}[ \t]{option}[ =]?{user}"
    return secret_rule("command-option", "", pattern, starts="program")


def _is_argument(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_placeholder(value) or value.startswith("-") or len(value) < 3:
        return False
    return bool(re.search(r"[0-9]|[^A-Za-z0-9_.:/-]|[a-z][A-Z]", value)) and not re.match(
        r"[0-9.:]+\Z", value
    )


def _is_login(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 8) : match.start()]
    return before.endswith(("vault ", "cargo ", "npm ")) and _is_argument(match)


def _is_demanded(match: re.Match[str]) -> bool:
    """``requirepass x`` of Redis, and others whose last word is that of a password."""
    before = match.string[max(0, match.start() - 10) : match.start("v")]
    known = re.search(
        r"(?:requirepass|masterauth|wpa_passphrase|ngrok authtoken|add-authtoken)[ \t\"']", before
    )
    return known is not None and _is_argument(match)


def _is_option(match: re.Match[str]) -> bool:
    name, text = name_before(match), match.string
    at = match.end("n") - len(name)
    return text[max(0, at - 1) : at] == "-" and _is_value(name, match["v"])


def _is_set(match: re.Match[str]) -> bool:
    name, value = name_before(match), match["v"]
    before = match.string[max(0, match.start("n") - 120) : match.end("n") - len(name)]
    return re.search(_SETS, before) is not None and not value.isalpha() and _is_value(name, value)


def _is_value(name: str, value: str) -> bool:
    kind = kind_of(name)
    if not kind or value.startswith("-") or is_placeholder(value):
        return False
    if kind == PASSWORD:
        return not value.isalpha() or value != value.lower()
    if kind == WEAK:
        return is_token(value) and "/" not in value
    return len(value) >= 6 and any(map(str.isdigit, value))


def _is_piped(match: re.Match[str]) -> bool:
    return not is_placeholder(match["v"]) and len(match["v"]) >= 4


RULES = (
    # --password x, -storepass x, --api-key 'x'
    secret_rule(
        "command-option",
        "",
        rf"(?P<n>[A-Za-z][A-Za-z0-9-]{{1,40}})(?:[ \t]{{1,3}}|=){_WORD}",
        r"(?<![\w-])--?(?P<n>[A-Za-z][A-Za-z0-9-]{2,40})[ \t=](?P<q>[\"']?)(?P<v>[^\s\"'|"
        r";&<>`(){}$-][^\s\"'|;&<>`(){}]*)",
        _is_option,
        lambda match: kind_of(match["n"]) not in ("", WEAK),
        starts="option",
    ),
    # export -x TOKEN v, ENV TOKEN v, setx TOKEN v, config set name.token v, login v
    secret_rule(
        "command-option",
        "",
        rf"(?P<n>[A-Za-z][\w.-]{{1,60}})[ \t]+{_WORD}",
        check=_is_set,
        starts="set",
    ),
    secret_rule(
        "command-option",
        "login",
        rf"login[ \t]+{_WORD}",
        check=_is_login,
    ),
    secret_rule(
        "command-option",
        "pass auth",
        rf"(?:authtoken|pass|auth|passphrase[ \t]+\S{{1,60}})[ \t]+{_WORD}",
        check=_is_demanded,
        starts="named",
    ),
    # The command line names the secret, an option has it: gh secret set DEPLOY_TOKEN --body x
    secret_rule(
        "command-option",
        "",
        rf"(?:gh|glab|hub) secret set [^\n|;&]{{1,120}}?(?:-b|--body)[ =]{_WORD}",
        check=_is_piped,
        starts="program",
    ),
    *(_short(*entry) for entry in _SHORT),
    *(_with_user(*entry) for entry in _WITH_USER),
    # A password on a pipe: echo x | sudo -S
    *(
        secret_rule(
            "command-option",
            program,
            rf"{program}[ \t]+(?:-[ne]+[ \t]+"
            rf"|[\"']%s(?:\\n)?[\"'][ \t]+)?{_WORD}[\"']?[ \t]*\|[ \t]*[^\n|]{{0,80}}?"
            r"(?:sudo[ \t]+(?:-\w+[ \t]+)*-\w*S|-stdin\b|(?<![\w-])passwd\b|chpasswd|passphrase-fd|auth"
            r" login|--with-token)",
            check=_is_piped,
        )
        for program in ("echo", "printf")
    ),
    secret_rule(
        "command-option",
        "<<<",
        rf"(?:sudo|passwd|chpasswd|login)[^\n|;]{{0,80}}<<<[ \t]*{_WORD}",
        check=_is_piped,
    ),
    # Positions: htpasswd -b FILE USER x; wpa_passphrase SSID x; net use \\host x
    secret_rule(
        "command-option",
        "",
        rf"htpasswd[ \t]+-\w*b\w*(?:[ \t]+-\w+)*(?:[ \t]+[^\s-][^\s]*){{1,2}}[ \t]+{_WORD}(?=\s|\Z)",
        check=_is_piped,
        starts="program",
    ),
    secret_rule("command-option", "/user:", rf"/user:\S+[ \t]+{_WORD}", check=_is_argument),
    secret_rule(
        "command-option",
        "/add",
        rf"net user[ \t]+\S+[ \t]+{_WORD}(?=[ \t]+/)",
        check=_is_argument,
    ),
    secret_rule(
        "command-option",
        "sqlplus sqlldr",
        r"(?:sqlplus|sqlldr)[^\n|;]{0,80}?[ \t]\w{1,40}/(?P<v>[^\s\"'@/]{4,60})(?=@|\s|\Z)",
        check=_is_argument,
    ),
)
