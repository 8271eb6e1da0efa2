// The agent's story: events put together into what people read, and what it cost.
import type { Event } from "../model";

export type Kind =
  | "user"
  | "assistant"
  | "thinking"
  | "tool"
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
}

export interface Call {
  t: number;
  model: string;
  cost: number | null;
  tokens: number;
  output: number;
}

const TELLING = ["command", "cmd", "file_path", "path", "query", "pattern", "url", "description", "prompt"];

export class Story {
  readonly entries: Entry[] = [];
  readonly calls: Call[] = [];
  failures = 0;
  next = 0; // the event to go on from
  readonly statuses = new Map<string, string>(); // of moments, by id
  private readonly open = new Map<string, Entry>();

  feed(events: Event[]): void {
    for (const event of events) {
      if (event.seq < this.next) continue;
      this.next = event.seq + 1;
      this.one(event);
    }
  }

  private one(event: Event): void {
    const { data } = event;
    switch (`${event.track}/${event.kind}`) {
      case "agent/message":
        return this.message(event);
      case "agent/lifecycle":
        return this.state(event);
      case "tool/call":
        return this.call(event);
      case "tool/result":
        return this.result(event);
      case "llm/call":
        return this.model(event);
      case "sys/command": {
        const failed = Boolean(data["exit"]);
        const began = typeof data["at_ns"] === "number" ? data["at_ns"] / 1e6 : event.t;
        const title = failed ? `$ exit ${said(data["exit"])}` : "$";
        this.add(event, "command", title, said(data["text"]), { t: began, failed, ms: amount(data["duration_ms"]) });
        return;
      }
      case "sys/trouble":
        return this.add(event, "error", "recorder", said(data["text"]), { failed: true });
      case "mark/note":
        return this.add(event, "note", "note", said(data["text"]));
      case "mark/moment":
        this.statuses.set(`m${event.seq}`, said(data["status"]));
        return;
      case "term/exit":
        return this.exit(event);
    }
  }

  private message(event: Event): void {
    const { data } = event;
    const kind = data["thinking"] ? "thinking" : data["role"] === "user" ? "user" : "assistant";
    const text = said(data["text"] ?? data["content"]);
    if (text) this.add(event, kind, kind === "user" ? "You" : event.actor || "Agent", text);
  }

  private state(event: Event): void {
    const state = said(event.data["state"]);
    const text = said(event.data["text"]) || said(event.data["tool"]);
    if (state === "error") this.add(event, "error", "error", text, { failed: true });
    else if (state !== "idle" && state !== "started" && state !== "finished" && state !== "waiting_user") {
      this.add(event, "state", state.replaceAll("_", " "), text);
    }
  }

  private call(event: Event): void {
    const input = event.data["input"];
    const name = said(event.data["name"]) || "tool";
    this.add(event, "tool", name, subject(input), { input });
    const span = event.span ?? said(event.data["id"]);
    if (span) this.open.set(span, this.entries.at(-1)!);
  }

  private result(event: Event): void {
    const { data } = event;
    const span = event.span ?? said(data["id"]);
    let entry = this.open.get(span);
    if (!entry) {
      this.add(event, "tool", said(data["name"]) || "result", "");
      entry = this.entries.at(-1)!;
    }
    this.open.delete(span);
    entry.output = said(data["output"]);
    entry.failed = Boolean(data["is_error"]) || Boolean(data["exit_code"]);
    entry.ms = amount(data["duration_ms"]);
    entry.ended = event.t;
    if (entry.failed) this.failures += 1;
  }

  private model(event: Event): void {
    const usage = (event.data["usage"] ?? {}) as Record<string, unknown>;
    const part = (name: string) => amount(usage[name]) ?? 0;
    const output = part("output");
    this.calls.push({
      t: event.t,
      model: said(event.data["model"]) || "?",
      cost: amount(event.data["cost_usd"]),
      tokens: part("input") + part("cache_read") + part("cache_write") + output,
      output,
    });
  }

  private exit(event: Event): void {
    const code = amount(event.data["code"]);
    const signal = event.data["signal"];
    const text = signal ? `ended by signal ${said(signal)}` : `exit ${code ?? "?"}`;
    this.add(event, "end", "the program ended", text, { failed: Boolean(code) || Boolean(signal) });
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

// A value of an event as text.
export function said(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value.join(" ");
  return JSON.stringify(value, null, 2);
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

// What a tool is called on, in one line.
function subject(input: unknown): string {
  if (!input || typeof input !== "object") return said(input).slice(0, 300);
  const given = input as Record<string, unknown>;
  const name = TELLING.find((key) => said(given[key]).trim()) ?? Object.keys(given)[0];
  const text = name ? said(given[name]).trim() : "";
  const cut = name === "file_path" || name === "path" ? (text.split("/").pop() ?? text) : text;
  return cut.slice(0, 300);
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
