// Made by scripts/event_docs from agentrec/recording/events; see docs/events.md.

export const Usage = ["input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning", "web_searches"] as const;

// term/redacted: Input that the terminal did not echo. Neither it nor its length is recorded.
export const TermRedacted = {
  reason: "text",
} as const;

// term/resize: The terminal was resized.
export const TermResize = {
  cols: "count",
  rows: "count",
} as const;

// term/eof: A standard stream that is not a terminal ended.
export const TermEof = {
  stream: "text",
  bytes: "count",
  sha256: "text",
} as const;

// term/paused: The recording was paused: what happens until `term/resumed` is not in it.
export const TermPaused = {
  by: "text",
} as const;

// term/resumed: The recording goes on. The next output is what the screen shows now.
export const TermResumed = {
  left_out: "count",
} as const;

// term/exit: The recorded command ended.
export const TermExit = {
  code: "integer",
  signal: "integer",
} as const;

// mark/moment: A labeled point in time.
export const MarkMoment = {
  label: "text",
  source: "text",
  at_ns: "ns",
  rule: "text",
  kind: "text",
  status: "text",
  counts: "object",
  producer: "text",
  transaction: "object",
  snapshot: "text",
  origin: "object",
} as const;

// mark/note: A note.
export const MarkNote = {
  text: "text",
  source: "text",
  at_ns: "ns",
  answers: "text",
} as const;

// mark/about: What the recording is called since it has ended; the last one counts.
export const MarkAbout = {
  title: "text",
  tags: "texts",
  at_ns: "ns",
} as const;

// agent/session: A conversation starts or continues in this recording.
export const AgentSession = {
  agent: "text",
  session_id: "text",
  transcript: "text",
  version: "text",
  cwd: "text",
  model: "text",
  provider: "text",
  git_branch: "text",
  forked_from: "text",
  system_prompt: "text",
  system_prompt_length: "count",
  resume: "object",
  argv: "texts",
  home: "object",
  started_in: "text",
} as const;

// agent/message: A message of the user, the agent or the system.
export const AgentMessage = {
  role: "text",
  text: "text",
  text_length: "count",
  thinking: "boolean",
  id: "text",
  at: "text",
  at_ns: "ns",
} as const;

// agent/turn: The model starts an answer.
export const AgentTurn = {
  n: "count",
  at: "text",
  at_ns: "ns",
} as const;

// agent/lifecycle: The agent's state changed.
export const AgentLifecycle = {
  state: "text",
  tool: "text",
  input: "any",
  text: "text",
  text_length: "count",
  reason: "text",
  error: "any",
  retry: "count",
  duration_ms: "number",
  source: "text",
  at: "text",
  at_ns: "ns",
} as const;

// agent/conversation: A point where the conversation can be resumed. The transcript is kept beside the snapshots.
export const AgentConversation = {
  session_id: "text",
  transcript: "text",
  offset: "count",
  last: "any",
  role: "text",
  cwd: "text",
  commit: "text",
  model: "text",
  tools: "texts",
  query: "text",
  result: "text",
  messages: "count",
  sub_agents: "object",
  at: "text",
  at_ns: "ns",
} as const;

// llm/call: A model call ended.
export const LlmCall = {
  model: "text",
  usage: "usage",
  cost_usd: "number",
  duration_ms: "number",
  id: "text",
  stop_reason: "text",
  variant: "text",
  side: "text",
  source: "text",
  node: "text",
  prompt: "object",
  response: "any",
  error: "object",
  served: "boolean",
  at: "text",
  at_ns: "ns",
} as const;

// llm/request: What was sent to a model's server.
export const LlmRequest = {
  api: "text",
  operation: "text",
  model: "text",
  stream: "boolean",
  side: "text",
  retry_of: "text",
  method: "text",
  host: "text",
  path: "text",
  headers: "object",
  web_socket: "boolean",
  base: "text",
  repeated: "count",
  messages: "texts",
  count: "count",
  cache_marks: "any",
  system: "any",
  tools: "text",
  options: "text",
  body: "text",
  body_is_raw: "boolean",
  parts: "object",
  bytes: "count",
  at: "text",
  at_ns: "ns",
} as const;

// llm/response: What a model's server answered.
export const LlmResponse = {
  status: "integer",
  ended: "text",
  error: "text",
  id: "text",
  model: "text",
  usage: "usage",
  stop_reason: "text",
  first_byte_ms: "number",
  duration_ms: "number",
  chunks: "any",
  headers: "object",
  output: "texts",
  masked: "boolean",
  envelope: "object",
  body: "text",
  body_is_raw: "boolean",
  parts: "object",
  bytes: "count",
  at: "text",
  at_ns: "ns",
} as const;

// tool/call: A tool was called.
export const ToolCall = {
  name: "text",
  input: "any",
  input_length: "count",
  id: "text",
  at: "text",
  at_ns: "ns",
} as const;

// tool/result: A tool returned.
export const ToolResult = {
  is_error: "boolean",
  output: "any",
  output_length: "count",
  exit_code: "integer",
  duration_ms: "number",
  id: "text",
  name: "text",
  status: "text",
  error: "any",
  served: "boolean",
  ok: "boolean",
  at: "text",
  at_ns: "ns",
} as const;

// step/run: A run inside a program starts.
export const StepRun = {
  name: "text",
  tags: "texts",
  entry: "text",
  python: "text",
  mode: "text",
  from_step: "count",
  overrides: "object",
  at_ns: "ns",
} as const;

// step/start: A step starts.
export const StepStart = {
  n: "count",
  node: "text",
  input: "object",
  meta: "object",
  at_ns: "ns",
} as const;

// step/end: A step ended. One without a start was recorded afterwards, with both states.
export const StepEnd = {
  n: "count",
  node: "text",
  input: "object",
  output: "object",
  duration_ms: "number",
  error: "object",
  served: "boolean",
  meta: "object",
  at_ns: "ns",
} as const;

// step/error: Something failed in a run.
export const StepError = {
  node: "text",
  error: "object",
  input: "object",
  at_ns: "ns",
} as const;

// step/memory: An agent read or changed its memory.
export const StepMemory = {
  op: "text",
  key: "text",
  value: "any",
  store: "text",
  at_ns: "ns",
} as const;

// step/state: The state at a labeled point between steps.
export const StepState = {
  label: "text",
  state: "object",
  snapshot: "text",
  at_ns: "ns",
} as const;

// step/done: A run inside a program ended.
export const StepDone = {
  steps: "count",
  error: "object",
  at_ns: "ns",
} as const;

// sys/command: A command typed in a shell ended.
export const SysCommand = {
  text: "text",
  cwd: "text",
  exit: "integer",
  duration_ms: "number",
  at_ns: "ns",
} as const;

// sys/process: A program below the recorded command ended.
export const SysProcess = {
  pid: "integer",
  ppid: "integer",
  argv: "texts",
  cwd: "text",
  exit: "integer",
  signal: "integer",
  duration_ms: "number",
  running: "boolean",
} as const;

// sys/connection: A connection that a program below the recorded command had opened has ended (TCP).
export const SysConnection = {
  pid: "integer",
  address: "text",
  port: "count",
  sent: "count",
  received: "count",
  duration_ms: "number",
  open: "boolean",
} as const;

// sys/file: A file in the working directory was changed.
export const SysFile = {
  path: "text",
  what: "text",
  size: "count",
} as const;

// sys/env: Variables of the environment that the program has read.
export const SysEnv = {
  names: "texts",
} as const;

// sys/dropped: Something was left out of the recording.
export const SysDropped = {
  what: "text",
  count: "count",
  bytes: "count",
  reason: "text",
} as const;

// sys/trouble: A part of the recorder failed; the terminal's recording is not affected.
export const SysTrouble = {
  text: "text",
  count: "count",
} as const;

// sys/signer: The user's SSH key signed the key of this recording, see [signatures.md](signatures.md).
export const SysSigner = {
  fingerprint: "text",
  statement: "text",
  signature: "text",
} as const;

// sys/signature: The recording's key signed digests of events, every minute and at the end.
export const SysSignature = {
  statement: "text",
  signature: "text",
} as const;

// fs/snapshot: A snapshot of the workspace's files.
export const FsSnapshot = {
  id: "text",
  label: "text",
  reason: "text",
  commit: "text",
  tree: "text",
  store: "text",
  workspace: "text",
  cwd: "text",
  files: "count",
  bytes: "count",
  changed: "count",
  left: "count",
  parent: "text",
  at_seq: "count",
  conversation: "count",
  took_ms: "number",
  at_ns: "ns",
  missed: "count",
  missed_paths: "texts",
  late: "boolean",
  scanned: "text",
  head: "text",
  origin: "object",
} as const;

// guard/redacted: Secrets were masked. They are not in it.
export const GuardRedacted = {
  rule: "text",
  where: "text",
  seq: "count",
  count: "count",
} as const;

// guard/limit: The run reached a limit that the user had set.
export const GuardLimit = {
  rule: "text",
  limit: "text",
  value: "text",
  text: "text",
} as const;

// guard/decision: What became of a run that had reached a limit.
export const GuardDecision = {
  text: "text",
  action: "text",
} as const;

// guard/finding: Something in what was written that a rule forbids.
export const GuardFinding = {
  rule: "text",
  level: "text",
  path: "text",
  line: "count",
  end_line: "count",
  symbol: "text",
  text: "text",
  reuse: "object",
  fingerprint: "text",
  snapshot: "text",
  before: "text",
} as const;

// What a tool's input is about, the most telling first; and which of these are paths.
export const TELLING = ["command", "cmd", "file_path", "filePath", "absolute_path", "notebook_path", "pattern", "query", "url", "path", "filename", "description", "prompt", "text"] as const;
export const PATHS = ["file_path", "filePath", "absolute_path", "notebook_path", "path", "filename"] as const;
