// Made by scripts/event_docs from agentrec/recording/events; see docs/events.md.

export interface Usage {
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  cache_write_1h: number;
  reasoning: number;
}

export interface Kinds {
  "term/redacted": {
    reason: string;
  };
  "term/resize": {
    cols: number | null;
    rows: number | null;
  };
  "term/exit": {
    code: number | null;
    signal: number | null;
  };
  "mark/moment": {
    label: string;
    source: string;
    at_ns: number | null;
    rule: string;
    kind: string;
    status: string;
    counts: Record<string, unknown>;
    producer: string;
    snapshot: string;
    origin: Record<string, unknown>;
  };
  "mark/note": {
    text: string;
    source: string;
  };
  "agent/session": {
    agent: string;
    session_id: string;
    transcript: string;
    version: string;
    cwd: string;
    model: string;
    provider: string;
    git_branch: string;
    forked_from: string;
    system_prompt: string;
    system_prompt_length: number | null;
    resume: Record<string, unknown>;
    argv: string[];
    home: Record<string, unknown>;
    started_in: string;
  };
  "agent/message": {
    role: string;
    text: string;
    text_length: number | null;
    thinking: boolean | null;
    id: string;
    at: string;
    at_ns: number | null;
  };
  "agent/turn": {
    n: number | null;
    at: string;
    at_ns: number | null;
  };
  "agent/lifecycle": {
    state: string;
    tool: string;
    input: unknown;
    text: string;
    text_length: number | null;
    reason: string;
    error: unknown;
    retry: number | null;
    duration_ms: number | null;
    source: string;
    at: string;
    at_ns: number | null;
  };
  "agent/conversation": {
    session_id: string;
    transcript: string;
    offset: number | null;
    last: unknown;
    role: string;
    cwd: string;
    model: string;
    tools: string[];
    query: string;
    result: string;
    messages: number | null;
    at: string;
    at_ns: number | null;
  };
  "llm/call": {
    model: string;
    usage: Usage;
    cost_usd: number | null;
    duration_ms: number | null;
    id: string;
    stop_reason: string;
    variant: string;
    at: string;
    at_ns: number | null;
  };
  "tool/call": {
    name: string;
    input: unknown;
    input_length: number | null;
    id: string;
    at: string;
    at_ns: number | null;
  };
  "tool/result": {
    is_error: boolean | null;
    output: unknown;
    output_length: number | null;
    exit_code: number | null;
    duration_ms: number | null;
    id: string;
    name: string;
    status: string;
    error: unknown;
    ok: boolean | null;
    at: string;
    at_ns: number | null;
  };
  "sys/command": {
    text: string;
    cwd: string;
    exit: number | null;
    duration_ms: number | null;
    at_ns: number | null;
  };
  "sys/process": {
    pid: number | null;
    ppid: number | null;
    argv: string[];
    cwd: string;
    exit: number | null;
    signal: number | null;
    duration_ms: number | null;
    running: boolean | null;
  };
  "sys/file": {
    path: string;
    what: string;
    size: number | null;
  };
  "sys/dropped": {
    what: string;
    count: number | null;
    bytes: number | null;
    reason: string;
  };
  "sys/trouble": {
    text: string;
    count: number | null;
  };
  "fs/snapshot": {
    id: string;
    label: string;
    reason: string;
    commit: string;
    tree: string;
    store: string;
    workspace: string;
    cwd: string;
    files: number | null;
    bytes: number | null;
    changed: number | null;
    left: number | null;
    parent: string;
    at_seq: number | null;
    conversation: number | null;
    took_ms: number | null;
    head: string;
    origin: Record<string, unknown>;
  };
  "guard/redacted": {
    rule: string;
    where: string;
    seq: number | null;
    count: number | null;
  };
}

export type Type =
  | "Record<string, unknown>"
  | "Usage"
  | "boolean"
  | "number"
  | "string"
  | "string[]"
  | "unknown";

// How the fields of each kind are read.
export const FIELDS: { [K in keyof Kinds]: Record<keyof Kinds[K], Type> } = {
  "term/redacted": { reason: "string" },
  "term/resize": { cols: "number", rows: "number" },
  "term/exit": { code: "number", signal: "number" },
  "mark/moment": { label: "string", source: "string", at_ns: "number", rule: "string", kind: "string", status: "string", counts: "Record<string, unknown>", producer: "string", snapshot: "string", origin: "Record<string, unknown>" },
  "mark/note": { text: "string", source: "string" },
  "agent/session": { agent: "string", session_id: "string", transcript: "string", version: "string", cwd: "string", model: "string", provider: "string", git_branch: "string", forked_from: "string", system_prompt: "string", system_prompt_length: "number", resume: "Record<string, unknown>", argv: "string[]", home: "Record<string, unknown>", started_in: "string" },
  "agent/message": { role: "string", text: "string", text_length: "number", thinking: "boolean", id: "string", at: "string", at_ns: "number" },
  "agent/turn": { n: "number", at: "string", at_ns: "number" },
  "agent/lifecycle": { state: "string", tool: "string", input: "unknown", text: "string", text_length: "number", reason: "string", error: "unknown", retry: "number", duration_ms: "number", source: "string", at: "string", at_ns: "number" },
  "agent/conversation": { session_id: "string", transcript: "string", offset: "number", last: "unknown", role: "string", cwd: "string", model: "string", tools: "string[]", query: "string", result: "string", messages: "number", at: "string", at_ns: "number" },
  "llm/call": { model: "string", usage: "Usage", cost_usd: "number", duration_ms: "number", id: "string", stop_reason: "string", variant: "string", at: "string", at_ns: "number" },
  "tool/call": { name: "string", input: "unknown", input_length: "number", id: "string", at: "string", at_ns: "number" },
  "tool/result": { is_error: "boolean", output: "unknown", output_length: "number", exit_code: "number", duration_ms: "number", id: "string", name: "string", status: "string", error: "unknown", ok: "boolean", at: "string", at_ns: "number" },
  "sys/command": { text: "string", cwd: "string", exit: "number", duration_ms: "number", at_ns: "number" },
  "sys/process": { pid: "number", ppid: "number", argv: "string[]", cwd: "string", exit: "number", signal: "number", duration_ms: "number", running: "boolean" },
  "sys/file": { path: "string", what: "string", size: "number" },
  "sys/dropped": { what: "string", count: "number", bytes: "number", reason: "string" },
  "sys/trouble": { text: "string", count: "number" },
  "fs/snapshot": { id: "string", label: "string", reason: "string", commit: "string", tree: "string", store: "string", workspace: "string", cwd: "string", files: "number", bytes: "number", changed: "number", left: "number", parent: "string", at_seq: "number", conversation: "number", took_ms: "number", head: "string", origin: "Record<string, unknown>" },
  "guard/redacted": { rule: "string", where: "string", seq: "number", count: "number" },
};

// What a tool's input is about, the most telling first.
export const TELLING = ["command", "cmd", "file_path", "filePath", "absolute_path", "notebook_path", "pattern", "query", "url", "path", "filename", "description", "prompt", "text"];
