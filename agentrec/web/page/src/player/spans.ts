// What took how long: turns, model calls and tools, in lanes, with the critical path. Times are milliseconds.
import * as kinds from "../events";
import type { Event } from "../model";
import { record } from "../record";
import { subject } from "./entries";

export interface Span {
  id: string;
  kind: "turn" | "model" | "tool";
  name: string;
  text: string;
  start: number;
  end: number | null; // null: it has not ended
  actor: string;
  parent: string;
  failed: boolean;
}

export interface Lane {
  actor: string;
  depth: number; // of subagents
  spans: Span[];
}

// Ends and starts that are this close together follow each other.
const TOUCH_MS = 1;

export class SpanList {
  readonly spans: Span[] = [];
  private readonly tools = new Map<string, Span>();
  private turn: Span | null = null;
  private next = 0;

  feed(events: Event[]): void {
    for (const event of events) {
      if (event.seq < this.next) continue;
      this.next = event.seq + 1;
      this.one(event, happened(event));
    }
  }

  private one(event: Event, t: number): void {
    switch (`${event.track}/${event.kind}`) {
      case "agent/message": {
        const { role, text } = record(kinds.AgentMessage, event.data);
        if (role === "user" && text && !event.parent) this.begin(event, t, text);
        return;
      }
      case "llm/call": {
        const { model, duration_ms: ms } = record(kinds.LlmCall, event.data);
        this.add(event, "model", model || "model", "", t - (ms ?? 0), t);
        return this.extend(t);
      }
      case "tool/call": {
        const { name, input, id } = record(kinds.ToolCall, event.data);
        const tool = this.add(event, "tool", name || "tool", subject(name, input), t, null, event.span ?? id);
        this.tools.set(tool.id, tool);
        return this.extend(t);
      }
      case "tool/result": {
        const result = record(kinds.ToolResult, event.data);
        const tool = this.tools.get(event.span ?? result.id);
        if (!tool) return;
        this.tools.delete(tool.id);
        tool.end = result.duration_ms === null ? Math.max(t, tool.start) : tool.start + result.duration_ms;
        tool.failed = Boolean(result.is_error || result.exit_code || result.error);
        return this.extend(tool.end);
      }
      case "term/exit":
        for (const tool of this.tools.values()) tool.end = t;
        this.tools.clear();
    }
  }

  private begin(event: Event, t: number, text: string): void {
    this.turn = this.add(event, "turn", "turn", text, t, t);
    this.turn.actor = "";
  }

  // A turn lasts as long as something is done in it.
  private extend(t: number): void {
    if (this.turn) this.turn.end = Math.max(this.turn.end ?? 0, t);
  }

  private add(
    event: Event,
    kind: Span["kind"],
    name: string,
    text: string,
    start: number,
    end: number | null,
    id = event.span ?? "",
  ): Span {
    const more = { actor: event.actor ?? "", parent: event.parent ?? "", failed: false };
    const span: Span = { id: id || `${event.seq}`, kind, name, text, start: Math.max(0, start), end, ...more };
    this.spans.push(span);
    return span;
  }
}

function happened(event: Event): number {
  const at = event.data["at_ns"];
  return typeof at === "number" && at >= 0 && at / 1e6 <= event.t ? at / 1e6 : event.t;
}

export const endOf = (span: Span, now: number) => Math.max(span.start, span.end ?? now);

// Spans in lanes, in which none overlaps another: those of an agent together, its subagents below it.
export function lanesOf(spans: Span[], now: number): Lane[] {
  const byActor = new Map<string, Span[]>();
  for (const span of spans) byActor.set(span.actor, [...(byActor.get(span.actor) ?? []), span]);
  const order = [...byActor.keys()].sort((a, b) => (a < b ? -1 : 1)); // "a" before "a/b"
  return order.flatMap((actor) => packed(byActor.get(actor)!, now).map((lane) => ({ actor, depth: depthOf(actor), spans: lane })));
}

function depthOf(actor: string): number {
  return actor.split("/").length - 1;
}

function packed(spans: Span[], now: number): Span[][] {
  const lanes: { end: number; spans: Span[] }[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    let lane = lanes.find(({ end }) => end <= span.start + TOUCH_MS);
    if (!lane) lanes.push((lane = { end: 0, spans: [] }));
    lane.spans.push(span);
    lane.end = endOf(span, now);
  }
  return lanes.map((lane) => lane.spans);
}

// What the duration of each turn came from: from its end back, whatever ended last before what came next,
// and within a tool that is a subagent, that one's calls.
export function criticalPath(spans: Span[], now: number): Set<Span> {
  const path = new Set<Span>();
  const parents = new Map(spans.map((span) => [span.id, span]));
  const children = new Map<Span, Span[]>();
  const roots: Span[] = [];
  for (const span of spans) {
    if (span.kind === "turn") continue;
    const tool = toolAbove(span, parents);
    if (tool) children.set(tool, [...(children.get(tool) ?? []), span]);
    else roots.push(span);
  }
  const walk = (among: Span[], from: number, to: number) => {
    const byEnd = [...among].sort((a, b) => endOf(b, now) - endOf(a, now));
    let edge = to;
    for (const span of byEnd) {
      if (endOf(span, now) > edge + TOUCH_MS || span.start < from - TOUCH_MS) continue;
      path.add(span);
      const inner = children.get(span);
      if (inner) walk(inner, span.start, endOf(span, now));
      edge = span.start;
    }
  };
  for (const turn of spans) if (turn.kind === "turn") walk(roots, turn.start, endOf(turn, now));
  return path;
}

// The tool call that a subagent's call belongs to; null for the agent's own.
function toolAbove(span: Span, parents: Map<string, Span>): Span | null {
  let above = parents.get(span.parent);
  if (span.kind === "tool" && above?.kind === "model") above = parents.get(above.parent);
  return above?.kind === "tool" ? above : null;
}
