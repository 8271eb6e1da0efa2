"""Kinds of records in Claude Code's transcripts. Any other is of a version that is not known here."""

from __future__ import annotations

# What should become events.
CONVERSATION = frozenset({"user", "assistant"})
# What need not. The names are those of Claude Code 2.1.
OTHERS = frozenset({
    "agent-color", "agent-name", "agent-setting", "ai-title", "api-request", "api-request-blob",
    "api-request-resumed", "api-request-shape", "artifact-autoreact-ledger",
    "artifact-comment-monitor", "atis-latch", "attachment", "attribution-snapshot", "bridge-session",
    "content-replacement", "continued-in", "cost-state", "custom-title", "data-flow-incomplete",
    "data-flow-records", "derived-from", "dev-mods", "ended-by-model", "file-history-delta",
    "file-history-snapshot", "fork-context-ref", "frame-link", "history-suppression",
    "isolation-latch", "last-prompt", "marble-origami-commit", "marble-origami-reset",
    "marble-origami-snapshot", "memory-mode", "mode", "observer-ref", "permission-mode", "pr-link",
    "progress", "queue-operation", "relocated", "resume-head-vouch", "session-owner",
    "speculation-accept", "summary", "system", "tag", "tools-used", "worktree-state",
})  # fmt: skip
