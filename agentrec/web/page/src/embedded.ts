// The recording inside an exported file; see agentrec/export/html.py.
import { AgentSession, TermExit } from "./events";
import type { Activity, Event, Facts, Found, Frame, Point, Reel, Source } from "./model";
import { Grid, textOf } from "./player/film";
import { record } from "./record";

interface Outline {
  id?: string;
  title?: string;
  prompt: string;
  command?: string[];
  cwd?: string;
  created?: string;
  cols: number;
  rows: number;
  duration: number;
  complete: boolean;
  points: { id: string; kind: "moment" | "snapshot"; t: number; label?: string; status?: string; what?: string }[];
  activity: number[];
  idle: [number, number][];
}

type Told = [number, string, Record<string, unknown>, (string | null)?, string?];

const KEPT = 4; // parts of the film that stay unpacked
const MAX_FOUND = 500;

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

export class EmbeddedSource implements Source {
  readonly embedded = true;
  private readonly outline: Promise<Outline> = unpack(parts("outline")[0]!).then(
    (text) => JSON.parse(text) as Outline,
  );
  private readonly film = parts("film");
  private readonly begins = this.film.map((part) => Number(part.dataset["begin"]));
  private readonly unpacked = new Map<number, Promise<Frame[]>>();
  private texts: Promise<[number, string][]> | null = null;

  async facts(): Promise<Facts> {
    const it = await this.outline;
    const data = async (track: string, kind: string) =>
      (await this.all()).find((event) => event.track === track && event.kind === kind)?.data ?? {};
    const exit = record(TermExit, await data("term", "exit"));
    const session = record(AgentSession, await data("agent", "session"));
    return {
      id: it.id ?? "",
      title: it.title ?? "",
      prompt: it.prompt,
      command: it.command ?? [],
      cwd: it.cwd ?? "",
      agent: session.agent || (it.command?.[0]?.split("/").pop() ?? ""),
      created: it.created ?? "",
      cols: it.cols,
      rows: it.rows,
      duration: it.duration,
      live: false,
      state: it.complete ? "complete" : "torn",
      exitCode: exit.code,
      exitSignal: exit.signal,
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

  private told: Promise<Event[]> | null = null;

  private all(): Promise<Event[]> {
    this.told ??= lines<Told>("events").then((all) => {
      let t = 0;
      return all.map(([since, name, data, span, actor], seq) => {
        t += since;
        const [track = "", kind = ""] = name.split("/");
        return { seq, t, track, kind, data, ...(span && { span }), ...(actor && { actor }) };
      });
    });
    return this.told;
  }

  async events(tell: (events: Event[]) => void): Promise<void> {
    tell(await this.all());
  }

  private frames(number: number): Promise<Frame[]> {
    let found = this.unpacked.get(number);
    if (!found) {
      found = unpack(this.film[number]!).then((text) =>
        text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Frame),
      );
      this.unpacked.set(number, found);
      const [oldest] = this.unpacked.keys();
      if (this.unpacked.size > KEPT && oldest !== undefined) this.unpacked.delete(oldest);
    }
    return found;
  }

  private partAt(t: number): number {
    return Math.max(0, this.begins.findLastIndex((begin) => begin <= Math.ceil(t)));
  }

  async reel(t: number): Promise<Reel> {
    const number = this.partAt(t);
    const duration = (await this.outline).duration;
    const next = this.begins[number + 1];
    const until = next === undefined ? duration : Math.max(t, next - 1);
    return { frames: await this.frames(number), until, duration, live: false };
  }

  async step(t: number, by: 1 | -1): Promise<Reel> {
    const edge = Math.ceil(t);
    let number = this.partAt(t);
    let goal: number | undefined;
    for (; goal === undefined && number >= 0 && number < this.film.length; number += by) {
      const times = (await this.frames(number)).map((frame) => frame.t);
      goal = by > 0 ? times.find((time) => time > edge) : times.findLast((time) => time < edge);
    }
    if (goal === undefined) return { frames: [], until: t, duration: 0, live: false };
    const reel = await this.reel(goal);
    return { ...reel, goal };
  }

  // Rows of all pictures, each text where it comes first, and what was in none.
  async search(query: string, signal: AbortSignal): Promise<Found[]> {
    const exact = query !== query.toLowerCase();
    const wanted = exact ? query : query.toLowerCase();
    const has = (text: string) => (exact ? text : text.toLowerCase()).includes(wanted);
    const found: Found[] = [];
    this.texts ??= lines<[number, string]>("lines");
    for (const [t, texts] of await this.texts) {
      for (const text of texts.split("\n")) if (has(text)) found.push({ t, text, kind: "screen" });
    }
    const seen = new Set<string>();
    for (let number = 0; number < this.film.length && !signal.aborted; number++) {
      this.searchFilm(await this.frames(number), has, seen, found);
      if (found.length >= MAX_FOUND) break;
    }
    return found.sort((a, b) => a.t - b.t).slice(0, MAX_FOUND);
  }

  private searchFilm(frames: Frame[], has: (text: string) => boolean, seen: Set<string>, found: Found[]): void {
    const grid = new Grid();
    for (const frame of frames) {
      const before = frame.s ? [] : [...grid.rows];
      const by = frame.u ?? 0;
      grid.apply(frame);
      for (const [y] of frame.r ?? []) {
        const text = textOf(grid.rows[y]!);
        // A line that grows, counts or spins is found once.
        const old = before[y + by];
        if (!has(text) || seen.has(text) || (old && has(textOf(old)))) continue;
        seen.add(text);
        found.push({ t: frame.t, text, kind: "screen" });
      }
    }
  }
}
