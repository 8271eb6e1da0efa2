"""Names of attributes: those that an export writes, and those that a span from elsewhere may have.

Where a tuple has several names for one thing, the first that a span has counts.
"""

from __future__ import annotations

# --- what an export writes: semantic conventions for generative AI, 1.41 ----------------------------

OPERATION = "gen_ai.operation.name"
INVOKE_AGENT, CHAT, EXECUTE_TOOL = "invoke_agent", "chat", "execute_tool"
PROVIDER = "gen_ai.provider.name"
AGENT_NAME = "gen_ai.agent.name"
AGENT_VERSION = "gen_ai.agent.version"
CONVERSATION_ID = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS = "gen_ai.usage.cache_creation.input_tokens"
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_NAME = "gen_ai.tool.name"
TOOL_CALL_ID = "gen_ai.tool.call.id"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"
ERROR_TYPE = "error.type"
ERROR_MESSAGE = "error.message"
EXIT_CODE = "process.exit.code"
SERVICE_NAME = "service.name"
SERVICE_VERSION = "service.version"
# Our own.
OWN = "agentrec."
RECORDING_ID = "agentrec.recording.id"
COST = "agentrec.cost_usd"
SIDE = "agentrec.side"
STEP_NODE = "agentrec.step.node"
ERROR_EVENT = "error"

# --- what spans from elsewhere have as well -----------------------------------------------------------

# What the SDKs of OpenTelemetry say for a program that has no name.
UNNAMED_SERVICE = "unknown_service"
# OpenInference, and OpenLLMetry.
OPENINFERENCE_KIND = "openinference.span.kind"
TRACELOOP_KIND = "traceloop.span.kind"
REQUEST_TYPE = "llm.request.type"
SYSTEM = "gen_ai.system"
EXCEPTION_EVENT = "exception"
EXCEPTION_TYPE, EXCEPTION_MESSAGE = "exception.type", "exception.message"
EXCEPTION_TRACEBACK = "exception.stacktrace"

MODELS = (
    RESPONSE_MODEL,
    REQUEST_MODEL,
    "llm.response.model_name",
    "llm.model_name",
    "llm.request.model_name",
    "embedding.model_name",
)
PROVIDERS = (PROVIDER, SYSTEM, "llm.provider", "llm.system")
CONVERSATIONS = (CONVERSATION_ID, "session.id")
AGENTS = (AGENT_NAME, "agent.name", "traceloop.entity.name")
INPUT_COUNTS = (
    INPUT_TOKENS,
    "gen_ai.usage.prompt_tokens",
    "llm.token_count.prompt",
    "llm.usage.prompt_tokens",
)
OUTPUT_COUNTS = (
    OUTPUT_TOKENS,
    "gen_ai.usage.completion_tokens",
    "llm.token_count.completion",
    "llm.usage.completion_tokens",
)
CACHE_READ_COUNTS = (
    CACHE_READ_TOKENS,
    "gen_ai.usage.cache_read_input_tokens",
    "llm.token_count.prompt_details.cache_read",
    "llm.token_count.prompt_details.cache_input",
)
CACHE_WRITE_COUNTS = (
    CACHE_WRITE_TOKENS,
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "llm.token_count.prompt_details.cache_write",
)
REASONING_COUNTS = (
    REASONING_TOKENS,
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.details.reasoning_tokens",
    "llm.token_count.completion_details.reasoning",
)
COSTS = (COST, "gen_ai.usage.cost", "llm.cost.total")
FINISHES = (FINISH_REASONS, "llm.finish_reason")
TOOLS = (TOOL_NAME, "tool.name", "traceloop.entity.name")
TOOL_IDS = (TOOL_CALL_ID, "tool_call.id", "tool.id")
TOOL_INPUTS = (
    TOOL_ARGUMENTS,
    "tool_arguments",
    "input.value",
    "tool.parameters",
    "traceloop.entity.input",
)
TOOL_OUTPUTS = (TOOL_RESULT, "tool_response", "output.value", "traceloop.entity.output")
STEP_INPUTS = ("input.value", "traceloop.entity.input")
STEP_OUTPUTS = ("output.value", "traceloop.entity.output")
INVOCATION = "llm.invocation_parameters"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"

# Values of `gen_ai.operation.name`, `openinference.span.kind` and `traceloop.span.kind`, in lower case.
CALL_KINDS = frozenset(
    {CHAT, "text_completion", "generate_content", "embeddings", "llm", "embedding", "completion"}
)
AGENT_KINDS = frozenset({INVOKE_AGENT, "agent"})
TOOL_KINDS = frozenset({EXECUTE_TOOL, "tool"})
