// Events as readable entries, and the model calls among them.
import * as kinds from "../events";
import type { Event } from "../model";
import { record } from "../record";
import { changes, StateChain } from "./states";

export type Kind =
  | "user"
  | "assistant"
  | "thinking"
  | "tool"
  | "step"
  | "command"
  | "state"
  | "note"
  | "error"
  | "end";

export interface Entry {
  seq: number;
  t: number;
  kind: Kind;
  actor: string;
  title: string;
  text: string;
  input?: unknown;
  output?: string;
  failed: boolean;
  ms: number | null;
  ended: number | null; // when its result came
  step?: Step;
  served?: boolean; // it did not run: its result is from the recording before
}

// The states of a program before and after one of its steps; undefined where a part of the file is missing.
export interface Step {
  number: number | null; // null of an error that was recorded by itself
  parent: Entry | null; // the step it is in
  endSeq: number; // the event that it ended with; that of its start until then
  depth: number; // how many steps it is in
  before: unknown;
  after: unknown;
  changed: string[]; // names of the state's members
  running: boolean;
}

export interface Call {
  t: number;
  model: string;
  cost: number | null;
  tokens: number;
  output: number;
}

export interface Note {
  id: string;
  t: number;
  text: string;
  answers: string; // the id of another one
}

export class EntryList {
  readonly notes: Note[] = [];
  readonly entries: Entry[] = [];
  readonly calls: Call[] = [];
  failures = 0;
  next = 0; // the event to go on from
  readonly statuses = new Map<string, string>(); // of marks, by id
  private readonly open = new Map<string, Entry>();
  private readonly steps = new Map<string, Entry>(); // by span
  private count = 0; // of steps
  private wrong = ""; // what the last step failed with that did
  private readonly chains = new Map<string, StateChain>(); // by run

  feed(events: Event[]): void {
    for (const event of events) {
      if (event.seq < this.next) continue;
      this.next = event.seq + 1;
      this.one(event);
    }
  }

  private one(event: Event): void {
    switch (`${event.track}/${event.kind}`) {
      case "agent/message":
        return this.message(event);
      case "agent/lifecycle":
        return this.state(event);
      case "step/start":
        return this.stepStart(event);
      case "step/end":
        return this.stepEnd(event);
      case "step/state":
        this.stateOf(event, record(kinds.StepState, event.data).state);
        return;
      case "step/error":
        return this.stepError(event);
      case "step/done":
        return this.runEnd(event);
      case "step/memory":
        return this.memory(event);
      case "tool/call":
        return this.call(event);
      case "tool/result":
        return this.result(event);
      case "llm/call":
        return this.model(event);
      case "sys/command":
        return this.command(event);
      case "sys/trouble":
        return this.add(event, "error", "recorder", record(kinds.SysTrouble, event.data).text, { failed: true });
      case "guard/finding":
        return this.finding(event);
      case "guard/limit":
        return this.add(event, "error", "limit reached", record(kinds.GuardLimit, event.data).text, { failed: true });
      case "guard/decision":
        return this.decision(event);
      case "mark/note":
        return this.note(event);
      case "mark/moment":
        this.statuses.set(`m${event.seq}`, record(kinds.MarkMoment, event.data).status);
        return;
      case "term/exit":
        return this.exit(event);
    }
  }

  private finding(event: Event): void {
    const { level, path, line, rule, text } = record(kinds.GuardFinding, event.data);
    const place = line ? `${path}:${line}` : path;
    this.add(event, "error", `guard: ${rule}`, `${place}: ${text}`, { failed: level !== "note" });
  }

  private decision(event: Event): void {
    const { action, text } = record(kinds.GuardDecision, event.data);
    this.add(event, "state", action, text);
  }

  private note(event: Event): void {
    const { text, at_ns, answers } = record(kinds.MarkNote, event.data);
    const t = at_ns === null ? event.t : at_ns / 1e6;
    const id = typeof event.data["id"] === "string" ? event.data["id"] : `n${event.seq}`;
    this.notes.push({ id, t, text, answers });
    this.add(event, "note", answers ? "answer" : "note", text, { t });
  }

  private message(event: Event): void {
    const { thinking, role, text } = record(kinds.AgentMessage, event.data);
    const kind = thinking ? "thinking" : role === "user" ? "user" : "assistant";
    if (text) this.add(event, kind, kind === "user" ? "You" : event.actor || "Agent", text);
  }

  private state(event: Event): void {
    const { state, text, tool, input, reason } = record(kinds.AgentLifecycle, event.data);
    const detail = tool ? [tool, subject(tool, input)].filter(Boolean).join(": ") : text || reason;
    if (state === "error") this.add(event, "error", "error", text, { failed: true });
    else if (state !== "idle" && state !== "started" && state !== "finished" && state !== "waiting_user") {
      this.add(event, "state", state.replaceAll("_", " "), detail);
    }
  }

  private command(event: Event): void {
    const { text, exit, at_ns, duration_ms: ms } = record(kinds.SysCommand, event.data);
    const t = at_ns === null ? event.t : at_ns / 1e6;
    this.add(event, "command", exit ? `$ exit ${exit}` : "$", text, { t, failed: Boolean(exit), ms });
  }

  private call(event: Event): void {
    const { name, input, id } = record(kinds.ToolCall, event.data);
    this.add(event, "tool", name || "tool", subject(name, input), { input });
    const span = event.span ?? id;
    if (span) this.open.set(span, this.entries.at(-1)!);
  }

  private result(event: Event): void {
    const result = record(kinds.ToolResult, event.data);
    const span = event.span ?? result.id;
    let entry = this.open.get(span);
    if (!entry) {
      this.add(event, "tool", result.name || "result", "");
      entry = this.entries.at(-1)!;
    }
    this.open.delete(span);
    entry.output = asText(result.output) || asText(result.error);
    entry.failed = hasFailed(result);
    entry.ms = result.duration_ms;
    entry.ended = event.t;
    if (entry.failed) this.failures += 1;
  }

  private stepStart(event: Event): void {
    const { node, input, meta, at_ns } = record(kinds.StepStart, event.data);
    const t = at_ns === null ? event.t : at_ns / 1e6;
    const step = { ...this.stepIn(event, this.count++), before: this.stateOf(event, input), running: true };
    this.add(event, "step", node || "step", short(meta), { step, t });
    if (event.span) this.steps.set(event.span, this.entries.at(-1)!);
  }

  private stepIn(event: Event, number: number | null): Step {
    const parent = this.steps.get(event.parent ?? "") ?? null;
    const depth = parent ? parent.step!.depth + 1 : 0;
    return { number, parent, endSeq: event.seq, depth, before: undefined, after: undefined, changed: [], running: false };
  }

  private stepEnd(event: Event): void {
    const { node, input, output, error, duration_ms, served, at_ns } = record(kinds.StepEnd, event.data);
    const t = at_ns === null ? event.t : at_ns / 1e6;
    let entry = this.steps.get(event.span ?? "");
    if (!entry) {
      // One that was recorded afterwards has no start.
      this.stepStart({ ...event, data: { ...event.data, node, input } });
      entry = this.entries.at(-1)!;
      entry.t = Math.max(0, t - (duration_ms ?? 0));
    }
    const ms = duration_ms ?? t - entry.t;
    const after = this.stateOf(event, output);
    const step = entry.step!;
    Object.assign(step, { after, endSeq: event.seq, changed: changes(step.before, after), running: false });
    const wrong = errorText(error);
    entry.failed = Boolean(wrong);
    entry.text = wrong || entry.text;
    this.wrong = wrong || this.wrong;
    entry.served = served ?? false;
    if (served) entry.text = [entry.text, "served from the recording"].filter(Boolean).join(", ");
    entry.output = asText(error["traceback"]);
    entry.ms = ms;
    entry.ended = event.t;
    if (entry.failed) this.failures += 1;
  }

  private stepError(event: Event): void {
    const { node, error, input } = record(kinds.StepError, event.data);
    const text = errorText(error);
    this.wrong = text || this.wrong;
    const step = { ...this.stepIn(event, null), before: this.stateOf(event, input) };
    this.add(event, "error", node || "error", text, { failed: true, step, output: asText(error["traceback"]) });
  }

  // What a run ended with, unless a step has told it.
  private runEnd(event: Event): void {
    const { error } = record(kinds.StepDone, event.data);
    const text = errorText(error);
    if (!text || text === this.wrong) return;
    this.add(event, "end", "the run ended", text, { failed: true, output: asText(error["traceback"]) });
  }

  private memory(event: Event): void {
    const { op, key, value, store } = record(kinds.StepMemory, event.data);
    this.add(event, "state", `memory ${op} ${store}`.trim(), [key, short(value)].filter(Boolean).join(": "));
  }

  private stateOf(event: Event, stored: Record<string, unknown>): unknown {
    const run = (event.span ?? event.parent ?? "").split(":")[0]!;
    if (!this.chains.has(run)) this.chains.set(run, new StateChain());
    return this.chains.get(run)!.take(stored);
  }

  private model(event: Event): void {
    const { model, usage, cost_usd: cost } = record(kinds.LlmCall, event.data);
    const tokens = usage.input + usage.cache_read + usage.cache_write + usage.output;
    this.calls.push({ t: event.t, model: model || "?", cost, tokens, output: usage.output });
  }

  private exit(event: Event): void {
    const { code, signal } = record(kinds.TermExit, event.data);
    const text = signal ? `ended by signal ${signal}` : `exit ${code ?? "?"}`;
    this.add(event, "end", "the program ended", text, { failed: Boolean(code || signal) });
  }

  private add(event: Event, kind: Kind, title: string, text: string, more: Partial<Entry> = {}): void {
    const entry: Entry = {
      ...{ seq: event.seq, t: event.t, kind, actor: event.actor ?? "", title, text },
      ...{ failed: false, ms: null, ended: null },
      ...more,
    };
    if (entry.failed && kind !== "end") this.failures += 1;
    this.entries.push(entry);
  }
}

// What a step or a run failed with; empty if it did not.
function errorText(error: Record<string, unknown>): string {
  return [asText(error["type"]), asText(error["message"])].filter(Boolean).join(": ");
}

// A value of an event as text.
export function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value.join(" ");
  return JSON.stringify(value, null, 2);
}

// As ToolResult.failed in agentrec/recording/events/tool.py.
export function hasFailed(result: ReturnType<typeof record<typeof kinds.ToolResult>>): boolean {
  const { is_error, exit_code, error, status, ok } = result;
  return Boolean(is_error || exit_code || error) || status === "error" || status === "failed" || ok === false;
}

// What a tool is called on, in one line: as in agentrec/report/event_text.py.
export function subject(tool: string, input: unknown): string {
  const patched = tool === "apply_patch" ? [...texts(input).join("\n").matchAll(PATCHED)] : [];
  if (patched.length) return patched.map((found) => endOf(found[1]!)).join(", ");
  if (!input || typeof input !== "object" || Array.isArray(input)) return short(input);
  const given = input as Record<string, unknown>;
  const name = kinds.TELLING.find((key) => {
    const value = given[key];
    return typeof value === "string" || Array.isArray(value) ? value.length > 0 : false;
  });
  if (!name) return short(input);
  return (kinds.PATHS as readonly string[]).includes(name) ? endOf(short(given[name])) : short(given[name]);
}

const PATCHED = /^\*\*\* (?:Add|Update|Delete) File: (.+?)\s*$/gm;
const LIMIT = 400; // characters

function short(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value.slice(0, LIMIT).trim().replace(/\s+/g, " ");
  if (Array.isArray(value)) return value.slice(0, 20).map(short).filter(Boolean).join(" ").slice(0, LIMIT);
  if (typeof value !== "object") return String(value);
  const parts = Object.entries(value).map(([name, inner]) => [name, short(inner)]);
  return parts
    .filter(([, text]) => text)
    .map(([name, text]) => `${name}=${text}`)
    .join(" ")
    .slice(0, LIMIT);
}

// A path's last two parts.
function endOf(path: string): string {
  return path.replace(/\/+$/, "").split("/").slice(-2).join("/") || path;
}

// All texts in a value, not those deep in it.
function texts(value: unknown): string[] {
  const parts = value && typeof value === "object" ? Object.values(value).flat() : [];
  return [value, ...parts].filter((it) => typeof it === "string");
}

// The last item at or before `t`, -1 when there is none.
export function lastAt(items: readonly { t: number }[], t: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle]!.t <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
