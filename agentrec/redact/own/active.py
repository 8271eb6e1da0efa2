"""The user's own rules that apply in this process. On the start path of `record`: imports are light here.

The files are read once, when a text is searched for the first time.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentrec.redact.own.rule_set import RuleSet

USER_FILE = "redact.toml"  # beside config.toml
PROJECT_FILE = os.path.join(".agentrec", "redact.toml")

_loaded: list[RuleSet | None] = []


def own_rules() -> RuleSet | None:
    """The rules of the user and of the current directory; None if there are none.

    Raises UsageError for a file that cannot be used.
    """
    if not _loaded:
        load(os.environ, os.curdir)
    return _loaded[0]


def load(env: Mapping[str, str], folder: str) -> None:
    """Read the rules that apply in ``folder``, now. Raises UsageError."""
    rules = None
    files = rule_files(env, folder)
    if any(os.path.lexists(path) for path, _ in files):
        from agentrec.redact.own.rule_file import read_rules

        rules = read_rules(files)
    use(rules)


def use(rules: RuleSet | None) -> None:
    """Let these rules apply from now on."""
    _loaded[:] = [rules]


def rule_files(env: Mapping[str, str], folder: str) -> list[tuple[str, bool]]:
    """The files that may have rules, and whether each is a project's."""
    from agentrec.config import NoHomeError, config_file

    project = os.path.join(folder, PROJECT_FILE) if folder != os.curdir else PROJECT_FILE
    try:
        user = os.path.join(os.path.dirname(config_file(env)), USER_FILE)
    except NoHomeError:
        return [(project, True)]
    return [(user, False), (project, True)]
