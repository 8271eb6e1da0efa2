"""Which names promise a secret: variables, settings, fields, options and headers in any case style."""

from __future__ import annotations

PASSWORD, TOKEN, WEAK = "password", "token", "weak"

# Parts of names, one of which each name of a secret contains: what texts are searched for.
CORES = [
    "passw",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "pswd",
    "psk",
    "passwort",
    "kennwort",
    "contrasena",
    "contraseña",
    "senha",
    "secret",
    "token",
    "apikey",
    "key",
    "credential",
    "creds",
    "auth",
    "cookie",
    "jwt",
    "bearer",
    "dsn",
    "mnemonic",
    "seed",
    "salt",
    "signature",
    "otp",
    "pat",
    "license",
    "session",
]
# Last words of names. What follows a password may be any word; what follows a token looks random.
_PASSWORDS = frozenset(
    [
        "password",
        "passwords",
        "passwd",
        "passwds",
        "passphrase",
        "passcode",
        "pass",
        "pwd",
        "pwds",
        "pw",
        "pswd",
        "pword",
        "psk",
        "passwort",
        "kennwort",
        "contrasena",
        "senha",
        "credential",
        "credentials",
        "creds",
    ]
)
_TOKENS = frozenset(
    [
        "token",
        "tokens",
        "secret",
        "secrets",
        "apikey",
        "apikeys",
        "apitoken",
        "authkey",
        "authtoken",
        "accesskey",
        "accesstoken",
        "secretkey",
        "privatekey",
        "signingkey",
        "masterkey",
        "clientsecret",
        "authkeys",
        "jwt",
        "pat",
        "dsn",
        "mnemonic",
        "bearer",
    ]
)
# Random values of these are secrets, all others are not.
_WEAK = frozenset(
    [
        "auth",
        "cookie",
        "key",
        "session",
        "sid",
        "signature",
        "salt",
        "otp",
        "seed",
        "license",
        "sig",
        "hmac",
    ]
)
# What makes a key one to keep: API key, not primary key.
_KEY_KINDS = frozenset(
    [
        "api",
        "access",
        "secret",
        "private",
        "auth",
        "account",
        "signing",
        "sign",
        "encryption",
        "encrypt",
        "decryption",
        "master",
        "service",
        "deploy",
        "storage",
        "shared",
        "admin",
        "app",
        "application",
        "client",
        "consumer",
        "customer",
        "developer",
        "dev",
        "license",
        "subscription",
        "session",
        "webhook",
        "ingest",
        "ingestion",
        "integration",
        "write",
        "read",
        "project",
        "server",
        "root",
        "user",
        "aes",
        "hmac",
        "jwt",
        "crypto",
        "cipher",
        "rest",
        "sdk",
        "internal",
        "personal",
        "security",
        "storagekey",
        "vault",
        "bot",
        "org",
        "organization",
        "ssh",
        "rsa",
        "tsig",
        "wg",
        "wireguard",
        "live",
    ]
)
# Words after it that change nothing: DB_PASSWORD_PROD, tokenValue, SECRET_KEY_BASE, password2.
_ENDINGS = frozenset(
    [
        "base",
        "value",
        "val",
        "string",
        "str",
        "plain",
        "plaintext",
        "raw",
        "text",
        "default",
        "old",
        "new",
        "current",
        "prod",
        "production",
        "dev",
        "development",
        "staging",
        "stage",
        "test",
        "testing",
        "local",
        "live",
        "primary",
        "secondary",
        "main",
        "b64",
        "base64",
        "encoded",
        "enc",
        "encrypted",
        "hash",
        "hashed",
        "data",
        "id1",
        "v1",
        "v2",
        "v3",
        "env",
        "ro",
        "rw",
        "admin",
        "root",
        "user",
    ]
)
# Fused: dbpassword, mysqlpass, authtoken.
_SUFFIXES = (
    ("password", PASSWORD),
    ("passwd", PASSWORD),
    ("passphrase", PASSWORD),
    ("pwd", PASSWORD),
    ("apikey", TOKEN),
    ("secretkey", TOKEN),
    ("accesskey", TOKEN),
    ("authkey", TOKEN),
    ("secret", TOKEN),
    ("token", TOKEN),
)
# What may stand before a fused "pass", which ends many a word.
_BEFORE_PASS = frozenset(
    [
        "db",
        "my",
        "mysql",
        "pg",
        "postgres",
        "mongo",
        "redis",
        "rabbit",
        "smtp",
        "imap",
        "mail",
        "email",
        "ftp",
        "sftp",
        "user",
        "usr",
        "admin",
        "root",
        "sa",
        "app",
        "web",
        "key",
        "store",
        "keystore",
        "truststore",
        "ks",
        "ts",
        "ssh",
        "wifi",
        "wlan",
        "proxy",
        "ldap",
        "auth",
        "login",
        "sudo",
        "su",
        "jdbc",
        "sql",
        "ora",
        "oracle",
        "api",
        "svc",
        "service",
        "host",
        "client",
        "server",
        "node",
        "cert",
        "pk",
        "vnc",
        "rdp",
        "vpn",
        "bind",
        "sys",
        "system",
        "test",
        "default",
        "old",
        "new",
        "basic",
        "http",
        "rsync",
        "backup",
        "repo",
    ]
)
_NOT_FUSED = frozenset(["oldpwd", "cpwd", "getpwd"])
# Names that end like a secret's and are none.
_HARMLESS = frozenset(
    [
        "csrf_token_name",
        "next_token",
        "prev_token",
        "page_token",
        "nextpagetoken",
        "sec_web_socket_key",
        "sec_websocket_key",
        "num_tokens",
        "max_tokens",
        "total_tokens",
        "input_tokens",
        "output_tokens",
        "stop_token",
        "eos_token",
        "pad_token",
        "bos_token",
        "unk_token",
        "mask_token",
        "sep_token",
        "cls_token",
        "public_key",
        "foreign_key",
        "primary_key",
        "idempotency_key",
        "public_key_token",
        "publickeytoken",
        "oldpwd",
        "host_key",
        "ssh_host_key",
    ]
)
_MAX_CHARS = 80

_known: dict[str, str] = {}


def kind_of(name: str) -> str:
    """What ``name`` promises: PASSWORD, TOKEN, WEAK, or nothing ("")."""
    kind = _known.get(name)
    if kind is None:
        if len(_known) > 5000:
            _known.clear()
        kind = _known[name] = _kind_of(name) if len(name) <= _MAX_CHARS else ""
    return kind


def words_of(name: str) -> list[str]:
    """``dbPassword``, ``DB_PASSWORD``, ``db-password`` and ``DB password`` alike as ["db", "password"]."""
    import re

    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-zß-ÿ])|[A-Z]?[a-zß-ÿ]+|[0-9]+", name)]


def _kind_of(name: str) -> str:
    words = words_of(name)
    joined = "_".join(words)
    if not words or joined in _HARMLESS:
        return ""
    while len(words) > 1 and (words[-1] in _ENDINGS or words[-1].isdigit()):
        words.pop()
    last, before = words[-1].rstrip("0123456789"), words[:-1]
    if joined in _HARMLESS or "_".join(words[-2:]) in _HARMLESS:
        return ""
    if last in ("key", "keys"):
        return _kind_of_key(name, before)
    if last in _PASSWORDS:
        return PASSWORD
    if last in _TOKENS:
        return "" if last == "pat" and not before else TOKEN
    if last in _WEAK:
        return WEAK
    if last == "id" and before[-1:] == ["key"]:
        return WEAK
    if last in _NOT_FUSED:
        return ""
    if last.endswith("pass"):
        return PASSWORD if last.removesuffix("pass") in _BEFORE_PASS else ""
    return next((kind for suffix, kind in _SUFFIXES if last.endswith(suffix)), "")


def _kind_of_key(name: str, before: list[str]) -> str:
    if "public" in before:
        return ""
    if before and before[-1] in _KEY_KINDS:
        return TOKEN
    # An environment's STRIPE_KEY.
    return TOKEN if before and name.isupper() else WEAK
