"""Kinds of events that Copilot CLI keeps, after its own schema. Any other is not known here."""

from __future__ import annotations

# What becomes events.
CONVERSATION = frozenset({
    "abort", "assistant.message", "permission.requested", "session.compaction_complete",
    "session.error", "session.mode_changed", "session.resume", "session.start",
    "session.usage_record", "subagent.started", "system.notification", "tool.execution_complete",
    "tool.execution_start", "user.message",
})  # fmt: skip
# What need not. The names are those of 1.0.102.
OTHERS = frozenset({
    "assistant.fusion_phase_completed", "assistant.fusion_phase_failed", "assistant.reasoning",
    "assistant.turn_end", "assistant.turn_start", "external_tool.requested", "hook.end", "hook.start",
    "human_response.recorded", "mcp.oauth_recovery_completed", "permission.assentDetected",
    "permission.carriedForward", "permission.completed", "permission.contextualAuthorization",
    "permission.messageAuthorization", "permission.messageAuthorizationDegraded",
    "permission.messageAuthorizationRead", "session.auto_mode_resolved",
    "session.autopilot_objective_changed", "session.binary_asset", "session.canvas.recorded",
    "session.canvas.removed", "session.compaction_start", "session.completion_receipt",
    "session.context_changed", "session.context_cleared", "session.fusion_change_checkpoint",
    "session.fusion_commit_started", "session.fusion_completed", "session.fusion_handoff",
    "session.fusion_resolved", "session.fusion_route_failed", "session.handoff", "session.info",
    "session.mode_notice_delivered", "session.model_change", "session.model_deselected",
    "session.permission_recovery", "session.permissions_changed", "session.plan_changed",
    "session.remote_steerable_changed", "session.request_body_compression_disabled",
    "session.schedule_cancelled", "session.schedule_created", "session.schedule_rearmed",
    "session.session_limits_changed", "session.shutdown", "session.task_complete",
    "session.truncation", "session.usage_checkpoint", "session.warning",
    "session.workspace_file_changed", "skill.context_delivered", "skill.context_delivered_ref",
    "skill.invoked", "skill.invoked_ref", "subagent.completed", "subagent.configured",
    "subagent.deselected", "subagent.failed", "subagent.selected", "system.message",
    "tool.user_requested", "tool_search.activated",
})  # fmt: skip
