// The recording inside an exported file; see agentrec/export/html.py.
import { AgentSession, MarkNote, StepDone, TermExit } from "./events";
import { clockText } from "./format";
import type { Activity, Event, Facts, SearchAnswer, SearchMatch, Frame, Point, FrameRange, Source } from "./model";
import { ScreenGrid, textOf } from "./player/frames";
import { record } from "./record";

interface Outline {
  id?: string;
  title?: string;
  prompt: string;
  command?: string[];
  cwd?: string;
  signed?: { by: string; statement: string | null } | null;
  created?: string;
  cols: number;
  rows: number;
  duration: number;
  complete: boolean;
  points: { id: string; kind: "moment" | "snapshot"; t: number; label?: string; status?: string; what?: string }[];
  activity: number[];
  idle: [number, number][];
}

type EmbeddedEvent = [number, string, Record<string, unknown>, (string | null)?, (string | null)?, string?];

// Parts of the film that stay unpacked.
const MAX_UNPACKED = 4;
const MAX_MATCHES = 500;

async function unpack(element: HTMLElement): Promise<string> {
  const packed = Uint8Array.from(atob(element.textContent ?? ""), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

function parts(name: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`script[data-part="${name}"]`)];
}

async function lines<T>(name: string): Promise<T[]> {
  const text = await unpack(parts(name)[0]!);
  return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as T);
}

// The lines of all texts in an event that match.
function searchEvent(event: Event, has: (text: string) => boolean): SearchMatch[] {
  if (event.track === "mark" && event.kind === "note") {
    const lines = record(MarkNote, event.data).text.split("\n");
    return lines.filter(has).map((text) => ({ t: event.t, text, kind: "note" }));
  }
  if (event.track !== "agent" && event.track !== "tool" && event.track !== "sys") return [];
  const kind = event.track === "agent" ? event.kind : event.track === "tool" ? "tool" : "command";
  return [...leaves(event.data)]
    .flatMap((text) => text.split("\n"))
    .filter(has)
    .map((text) => ({ t: event.t, text, kind }));
}

function* leaves(value: unknown): Generator<string> {
  if (typeof value === "string" || typeof value === "number") yield String(value);
  else if (value && typeof value === "object") for (const inner of Object.values(value)) yield* leaves(inner);
}

export class EmbeddedSource implements Source {
  readonly embedded = true;
  private readonly outline: Promise<Outline> = unpack(parts("outline")[0]!).then(
    (text) => JSON.parse(text) as Outline,
  );
  private readonly film = parts("film");
  private readonly begins = this.film.map((part) => Number(part.dataset["begin"]));
  private readonly unpacked = new Map<number, Promise<Frame[]>>();
  private texts: Promise<[number, string | null][]> | null = null;

  async facts(): Promise<Facts> {
    const outline = await this.outline;
    const all = await this.all();
    const is = (track: string, kind: string) => (event: Event) => event.track === track && event.kind === kind;
    const exit = record(TermExit, all.findLast(is("term", "exit"))?.data ?? {});
    const run = record(StepDone, all.findLast(is("step", "done"))?.data ?? {});
    const session = record(AgentSession, all.find(is("agent", "session"))?.data ?? {});
    return {
      id: outline.id ?? "",
      title: outline.title ?? "",
      prompt: outline.prompt,
      command: outline.command ?? [],
      cwd: outline.cwd ?? "",
      agent: session.agent || (outline.command?.[0]?.split("/").pop() ?? ""),
      created: outline.created ?? "",
      cols: outline.cols,
      rows: outline.rows,
      duration: outline.duration,
      live: false,
      state: outline.complete ? "complete" : "torn",
      exitCode: exit.code,
      exitSignal: exit.signal,
      failed: Object.keys(run.error).length > 0,
      signedBy: outline.signed?.by ?? null,
    };
  }

  async points(): Promise<Point[]> {
    const { points } = await this.outline;
    return points.map((point) => ({
      ...point,
      label: point.label ?? "",
      status: point.status ?? "",
      what: point.what ?? "",
    }));
  }

  async activity(): Promise<Activity> {
    const { activity, idle } = await this.outline;
    return { output: activity, idle };
  }

  private loaded: Promise<Event[]> | null = null;

  private all(): Promise<Event[]> {
    this.loaded ??= lines<EmbeddedEvent>("events").then((all) => {
      let t = 0;
      return all.map(([since, name, data, span, actor, parent], seq) => {
        t += since;
        const [track = "", kind = ""] = name.split("/");
        return { seq, t, track, kind, data, ...(span && { span }), ...(actor && { actor }), ...(parent && { parent }) };
      });
    });
    return this.loaded;
  }

  async events(add: (events: Event[]) => void): Promise<void> {
    add(await this.all());
  }

  private frames(number: number): Promise<Frame[]> {
    let frames = this.unpacked.get(number);
    if (!frames) {
      frames = unpack(this.film[number]!).then((text) =>
        text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Frame),
      );
      this.unpacked.set(number, frames);
      const [oldest] = this.unpacked.keys();
      if (this.unpacked.size > MAX_UNPACKED && oldest !== undefined) this.unpacked.delete(oldest);
    }
    return frames;
  }

  private partAt(t: number): number {
    return Math.max(0, this.begins.findLastIndex((begin) => begin <= Math.ceil(t)));
  }

  async range(t: number): Promise<FrameRange> {
    const number = this.partAt(t);
    const duration = (await this.outline).duration;
    const next = this.begins[number + 1];
    const until = next === undefined ? duration : Math.max(t, next - 1);
    return { frames: await this.frames(number), until, duration, live: false };
  }

  async step(t: number, by: 1 | -1): Promise<FrameRange> {
    const edge = Math.ceil(t);
    let number = this.partAt(t);
    let goal: number | undefined;
    for (; goal === undefined && number >= 0 && number < this.film.length; number += by) {
      const times = (await this.frames(number)).map((frame) => frame.t);
      goal = by > 0 ? times.find((time) => time > edge) : times.findLast((time) => time < edge);
    }
    if (goal === undefined) return { frames: [], until: t, duration: 0, live: false };
    const range = await this.range(goal);
    return { ...range, goal };
  }

  // What was said and done, rows of all frames, each text at its first time, and text that is in no frame.
  async search(query: string, signal: AbortSignal): Promise<SearchAnswer> {
    const exact = query !== query.toLowerCase();
    const wanted = exact ? query : query.toLowerCase();
    const has = (text: string) => (exact ? text : text.toLowerCase()).includes(wanted);
    const matches = (await this.all()).flatMap((event) => searchEvent(event, has));
    this.texts ??= lines<[number, string | null]>("lines");
    let unsearched = "";
    for (const [t, texts] of await this.texts) {
      if (texts === null) {
        unsearched = `what was shown for an instant after ${clockText(t)}; \`agentrec replay\` searches all of a recording`;
        continue;
      }
      for (const text of texts.split("\n")) if (has(text)) matches.push({ t, text, kind: "screen" });
    }
    const seen = new Set<string>();
    for (let number = 0; number < this.film.length && !signal.aborted; number++) {
      this.searchFilm(await this.frames(number), has, seen, matches);
      if (matches.length >= MAX_MATCHES) break;
    }
    matches.sort((a, b) => a.t - b.t);
    return { matches: matches.slice(0, MAX_MATCHES), total: matches.length, unsearched };
  }

  private searchFilm(frames: Frame[], has: (text: string) => boolean, seen: Set<string>, matches: SearchMatch[]): void {
    const grid = new ScreenGrid();
    for (const frame of frames) {
      const before = frame.s ? [] : [...grid.rows];
      const by = frame.u ?? 0;
      grid.apply(frame);
      for (const [y] of frame.r ?? []) {
        const text = textOf(grid.rows[y]!);
        // A line that grows, counts or spins matches once.
        const old = before[y + by];
        if (!has(text) || seen.has(text) || (old && has(textOf(old)))) continue;
        seen.add(text);
        matches.push({ t: frame.t, text, kind: "screen" });
      }
    }
  }
}
