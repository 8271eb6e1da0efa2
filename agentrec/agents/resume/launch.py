"""How each agent is started with a prompt, and which of its options hold for another run of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from agentrec.agents.resume.cli_options import Grammar, kept

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Start(NamedTuple):
    """Words before the options, and before the prompt; ``only_*`` are options of one way alone.

    ``tui_prompt`` is None where the terminal's way takes no prompt.
    """

    grammar: Grammar
    headless: tuple[str, ...] = ()
    headless_prompt: tuple[str, ...] = ()
    tui_prompt: tuple[str, ...] | None = ()
    only_headless: Collection[str] = ()
    only_tui: Collection[str] = ()


def carried(
    start: Start, argv: Sequence[str], cwd: str, *, headless: bool
) -> tuple[list[str], list[str]]:
    """Options of the recorded command line ``argv`` (run in ``cwd``) that hold again, and notes."""
    found = kept(argv[1:], start.grammar, cwd)
    return found.words(without=start.only_tui if headless else start.only_headless), found.notes


_CLAUDE = Start(
    Grammar(
        one=frozenset(
            (
                *("--agent", "--agents", "--append-system-prompt", "--append-system-prompt-file"),
                *(
                    "--debug-file",
                    "--effort",
                    "--fallback-model",
                    "--input-format",
                    "--json-schema",
                ),
                *("--max-budget-usd", "--max-turns", "--model", "-n", "--name", "--output-format"),
                *("--permission-mode", "--permission-prompt-tool", "--plugin-dir", "--plugin-url"),
                *("--remote-control-session-name-prefix", "--session-id", "--setting-sources"),
                *("--settings", "--system-prompt", "--system-prompt-file"),
                *("--resume-session-at", "--rewind-files"),
            )
        ),
        many=frozenset(
            (
                *("--add-dir", "--allowedTools", "--allowed-tools", "--betas"),
                *("--disallowedTools", "--disallowed-tools", "--file", "--mcp-config", "--tools"),
            )
        ),
        maybe=frozenset(
            (
                *("-d", "--debug", "--from-pr", "--prompt-suggestions", "--remote-control", "--rc"),
                *("-r", "--resume", "-w", "--worktree", "--teleport"),
            )
        ),
        dropped=frozenset(
            (
                *("-p", "--print", "-c", "--continue", "-r", "--resume", "--session-id"),
                *("--fork-session", "--resume-session-at", "--rewind-files", "--from-pr"),
                *("--teleport", "-w", "--worktree", "--tmux", "-n", "--name", "--file"),
                *("--bg", "--background", "--no-session-persistence", "--input-format"),
                "--replay-user-messages",
            )
        ),
        paths=frozenset(
            (
                *("--add-dir", "--append-system-prompt-file", "--debug-file", "--mcp-config"),
                *("--plugin-dir", "--settings", "--system-prompt-file"),
            )
        ),
    ),
    headless_prompt=("-p",),
    only_headless=frozenset(
        (
            *("--fallback-model", "--include-hook-events", "--include-partial-messages"),
            *("--json-schema", "--max-budget-usd", "--max-turns", "--output-format"),
            "--permission-prompt-tool",
        )
    ),
)

_CODEX = Start(
    Grammar(
        one=frozenset(
            (
                *("-c", "--config", "--enable", "--disable", "--remote", "--remote-auth-token-env"),
                *("-m", "--model", "--local-provider", "-p", "--profile", "-s", "--sandbox"),
                *("-C", "--cd", "--add-dir", "-a", "--ask-for-approval", "--thread-source"),
                *("--cyber-access-program", "--output-schema", "--color", "-i", "--image"),
                *("-o", "--output-last-message"),
            )
        ),
        dropped=frozenset(
            (
                *("--last", "--all", "--include-non-interactive", "-C", "--cd", "--worktree"),
                *("-i", "--image", "--ephemeral", "--trust", "--remote", "--remote-auth-token-env"),
                *("-o", "--output-last-message"),
            )
        ),
        paths=frozenset(("--add-dir", "--output-schema")),
    ),
    headless=("exec",),
    only_headless=frozenset(
        (
            *("--thread-source", "--cyber-access-program", "--skip-git-repo-check", "--color"),
            *("--ignore-user-config", "--ignore-rules", "--output-schema", "--json"),
        )
    ),
    only_tui=frozenset(("-a", "--ask-for-approval", "--search", "--no-alt-screen", "--no-daemon")),
)

_GEMINI = Start(
    Grammar(
        one=frozenset(
            (
                *("-m", "--model", "-p", "--prompt", "-i", "--prompt-interactive"),
                *("--approval-mode", "--allowed-tools", "--allowed-mcp-server-names"),
                *("-e", "--extensions", "--include-directories", "-o", "--output-format"),
                *("--policy", "--session-file", "--session-id", "-w", "--worktree"),
                *("--auth-type", "--openai-api-key", "--openai-base-url", "--system-prompt"),
                *("--append-system-prompt", "--max-session-turns", "--core-tools"),
                *("--exclude-tools", "--channel", "--input-format"),
            )
        ),
        maybe=frozenset(("-r", "--resume")),
        dropped=frozenset(
            (
                *("-p", "--prompt", "-i", "--prompt-interactive", "-r", "--resume", "--continue"),
                *("-c", "--session-file", "--session-id", "-w", "--worktree", "--input-format"),
            )
        ),
        paths=frozenset(("--include-directories",)),
    ),
    headless_prompt=("-p",),
    tui_prompt=("-i",),
    only_headless=frozenset(("-o", "--output-format")),
)

_PI = Start(
    Grammar(
        one=frozenset(
            (
                *("--provider", "--model", "--api-key", "--system-prompt", "--mode", "--models"),
                *(
                    "--append-system-prompt",
                    "--session",
                    "--fork",
                    "--session-dir",
                    "--tools",
                    "-t",
                ),
                *("--thinking", "--extension", "-e", "--skill", "--prompt-template", "--theme"),
                "--export",
            )
        ),
        dropped=frozenset(
            (
                *("-p", "--print", "-c", "--continue", "-r", "--resume", "--session", "--fork"),
                *("--no-session", "--export"),
            )
        ),
    ),
    headless_prompt=("-p",),
    only_headless=frozenset(("--mode",)),
)

_OPENCODE = Start(
    Grammar(
        one=frozenset(
            (
                *(
                    "-m",
                    "--model",
                    "-s",
                    "--session",
                    "--prompt",
                    "--agent",
                    "--port",
                    "--hostname",
                ),
                *("--log-level", "--format", "--file", "-f", "--title", "--attach", "--variant"),
                "--command",
            )
        ),
        dropped=frozenset(
            (
                *("-c", "--continue", "-s", "--session", "--prompt", "--fork", "--title", "--file"),
                *("-f", "--attach", "--command", "--share", "--port"),
            )
        ),
    ),
    headless=("run",),
    tui_prompt=("--prompt",),
    only_headless=frozenset(("--format", "--variant")),
)

_MINI = Start(
    Grammar(
        one=frozenset(
            (
                *("-m", "--model", "--model-class", "--agent-class", "--environment-class"),
                *("-t", "--task", "-c", "--config", "-l", "--cost-limit", "-o", "--output"),
            )
        ),
        dropped=frozenset(("-t", "--task", "-o", "--output", "--exit-immediately")),
        paths=frozenset(("-c", "--config")),
    ),
    headless=("-y", "--exit-immediately"),
    headless_prompt=("-t",),
    tui_prompt=("-t",),
)

_AIDER = Start(
    Grammar(
        one=frozenset(
            (
                *("--model", "--weak-model", "--editor-model", "--edit-format", "--chat-mode"),
                *("-m", "--message", "--msg", "-f", "--message-file", "--read", "--file"),
                *("--config", "-c", "--env-file", "--input-history-file", "--chat-history-file"),
                *("--llm-history-file", "--analytics-log", "--openai-api-key", "--api-key"),
                *("--anthropic-api-key", "--openai-api-base", "--map-tokens", "--load"),
                *("--lint-cmd", "--test-cmd", "--encoding", "--line-endings", "--set-env"),
                *("--reasoning-effort", "--thinking-tokens", "--timeout", "--model-settings-file"),
            )
        ),
        dropped=frozenset(
            (
                *("-m", "--message", "--msg", "-f", "--message-file", "--load"),
                *("--restore-chat-history", "--chat-history-file", "--input-history-file"),
                *("--llm-history-file", "--analytics-log"),
            )
        ),
        paths=frozenset(("--config", "-c", "--env-file", "--read")),
    ),
    headless=("--yes-always",),
    headless_prompt=("--message",),
    tui_prompt=None,
)

# name of the program -> how it is started
STARTS = {
    "aider": _AIDER,
    "claude": _CLAUDE,
    "codex": _CODEX,
    "gemini": _GEMINI,
    "mini": _MINI,
    "opencode": _OPENCODE,
    "pi": _PI,
    "qwen": _GEMINI,
}
