// What took how long: turns, model calls and tools, in lanes, with the critical path: the rules of
// agentrec/report/spans.py. Times are milliseconds.
import * as kinds from "../events";
import type { Event } from "../model";
import { record } from "../record";
import { hasFailed, subject } from "./entries";

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
  private readonly models = new Map<string, Span>();
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
        this.model(event, t);
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
        tool.failed = hasFailed(result);
        return this.extend(tool.end);
      }
      case "term/exit":
        for (const tool of this.tools.values()) tool.end = t;
        this.tools.clear();
    }
  }

  // Of several calls with one id, the last counts.
  private model(event: Event, t: number): void {
    const { model, duration_ms: ms, id } = record(kinds.LlmCall, event.data);
    const start = Math.max(0, t - (ms ?? 0));
    const earlier = this.models.get(id);
    if (earlier) {
      earlier.start = Math.min(earlier.start, start);
      earlier.end = t;
      return;
    }
    const span = this.add(event, "model", model || "model", "", start, t);
    if (id) this.models.set(id, span);
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

export function depthOf(actor: string): number {
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
  const byId = new Map(spans.map((span) => [span.id, span]));
  const within = new Map<Span | null, Span[]>(); // by end, the last first
  for (const span of [...spans].sort((a, b) => endOf(b, now) - endOf(a, now))) {
    if (span.kind === "turn") continue;
    const above = toolAbove(span, byId);
    const among = within.get(above);
    if (among) among.push(span);
    else within.set(above, [span]);
  }
  const stretches: [Span | null, number, number][] = spans
    .filter((span) => span.kind === "turn")
    .map((turn) => [null, turn.start, endOf(turn, now)]);
  for (let next = stretches.pop(); next; next = stretches.pop()) {
    const [above, since, until] = next;
    for (const span of chain(within.get(above) ?? [], since, until, now)) {
      path.add(span);
      stretches.push([span, span.start, endOf(span, now)]);
    }
  }
  return path;
}

// Spans between two times that follow each other, from the last to the first.
function* chain(spans: Span[], since: number, until: number, now: number): Generator<Span> {
  for (let n = firstBy(spans, until + TOUCH_MS, now); n < spans.length; n++) {
    const span = spans[n]!;
    if (endOf(span, now) < since - TOUCH_MS) return;
    if (endOf(span, now) <= until + TOUCH_MS && span.start >= since - TOUCH_MS) {
      yield span;
      until = span.start;
    }
  }
}

// The first of spans by end, the last first, that has ended by `t`.
function firstBy(spans: Span[], t: number, now: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(spans[middle]!, now) > t) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The tool call that a subagent's call belongs to; null for the agent's own.
function toolAbove(span: Span, parents: Map<string, Span>): Span | null {
  let above = parents.get(span.parent);
  if (span.kind === "tool" && above?.kind === "model") above = parents.get(above.parent);
  return above?.kind === "tool" ? above : null;
}
