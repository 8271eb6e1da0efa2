// The server's API; see docs/http.md.
import { count } from "./format";
import type { Activity, Event, Facts, SearchAnswer, Frame, Point, FrameRange, Source } from "./model";

const BASE = "/api/v1";
// How long events of a recording in progress are collected before the page reacts.
const COLLECT_MS = 100;
// The most hits that one request returns, and that a search in one recording shows.
export const MAX_HITS = 200;
const MAX_MATCHES = 1000;

export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string,
    readonly id = "", // of the recording that is in the way
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | boolean | string[] | undefined | null>;

function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (Array.isArray(value)) for (const each of value) params.append(name, each);
    else if (value !== undefined && value !== null && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return BASE + path + (text ? `?${text}` : "");
}

async function answer(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, init).catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error; // it was aborted
    throw new Problem(0, "the server cannot be reached", "Is `agentrec serve` still running?");
  });
  if (response.ok) return response;
  const problem: Record<string, unknown> = await response.json().catch(() => ({}));
  const text = problem["detail"] ?? problem["title"] ?? `the server answered ${response.status}`;
  throw new Problem(response.status, String(text), String(problem["hint"] ?? ""), String(problem["id"] ?? ""));
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = signal ? { signal } : {};
  return (await answer(address(path, query), init)).json() as Promise<T>;
}

// The first `limit` items of a list that returns at most `most` for each request; the rest is from the last answer.
export async function getPages<T>(
  path: string,
  name: keyof T & string,
  query: Query,
  limit: number,
  most: number,
  signal: AbortSignal,
): Promise<T> {
  const all: unknown[] = [];
  for (;;) {
    const size = Math.min(most, limit - all.length);
    const page = await get<T>(path, { ...query, limit: size, offset: all.length }, signal);
    const items = page[name] as unknown[];
    all.push(...items);
    if (items.length < size || all.length >= limit) return { ...page, [name]: all };
  }
}

export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  const response = await answer(address(path), signal ? { signal } : {});
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.subarray(0, 8000).includes(0)) return "";
  return new TextDecoder().decode(bytes);
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  return (await answer(address(path), init)).json() as Promise<T>;
}

export async function sendFile<T>(path: string, file: File, signal: AbortSignal): Promise<T> {
  const headers = { "Content-Type": "application/octet-stream" };
  const init = { method: "POST", headers, body: file, signal };
  return (await answer(address(path, { name: file.name }), init)).json() as Promise<T>;
}

// The screen at `t` (ms), as PNG.
export async function picture(id: string, t: number): Promise<Blob> {
  const response = await answer(address(`/sessions/${encodeURIComponent(id)}/picture`, { t: t / 1000 }), {});
  return response.blob();
}

export function download(id: string, format: string, redact = false): string {
  return address(`/sessions/${encodeURIComponent(id)}/recording`, { format, redact: redact || null });
}

export interface Session {
  id: string;
  title: string;
  prompt: string;
  command: string[];
  agent: string;
  program: string;
  project: string;
  cwd: string;
  created: string;
  // Of an encrypted recording what is inside is not known: null.
  duration: number | null; // seconds
  size: number;
  state: string;
  exit_code: number | null;
  exit_signal: number | null;
  failed?: boolean | null;
  parent: { id: string; relation: string } | null;
  signed_by: string | null;
  turns: number | null;
  errors: number | null;
  tokens: number | null;
  moments: number | null;
  snapshots: number | null;
  cost_usd: number | null;
  without_price: number | null;
}

interface Detail extends Session {
  duration: number; // it was opened
  cols: number;
  rows: number;
  live: boolean;
  embed: string | null;
}

interface Timeline {
  moments: { id: string; ts: number; label: string; kind: string; type: string }[];
  fsSnapshots: { id: string; ts: number; label: string; files?: number; changed?: number; note?: string }[];
  branches: { id: string; ts: number | null; relation: string; state: string }[];
}

interface RawEvent extends Omit<Event, "t" | "data"> {
  t: number;
  data?: Record<string, unknown> | string;
}

interface RawFrameRange {
  frames: Frame[];
  until: number;
  durationSec: number;
  live: boolean;
}

export interface Hit {
  id: string;
  title: string;
  prompt: string;
  agent: string;
  t: number;
  at: string;
  kind: string;
  line: [string, boolean][];
  before: string[];
  after: string[];
  total: number;
}

interface LeftOut {
  recordings: number;
  chars: number;
  unread: boolean;
  encrypted?: number; // recordings of which nothing is in the index
  growing?: string[]; // recordings in progress that were read a while ago
  behind_seconds?: number;
}

export interface HitList {
  hits: Hit[];
  total: number;
  available: number;
  counted: boolean;
  recordings: number;
  left_out: LeftOut;
}

// What was not found may be in what the index does not cover; empty if it covers everything.
export function leftOutText(of: LeftOut): string {
  const limits = [of.chars ? count(of.chars, "character") : "", of.unread ? "some output" : ""].filter(Boolean);
  const parts = [];
  if (limits.length) {
    const long = "too long for the index; `agentrec replay` searches all of a recording";
    parts.push(`${limits.join(" and ")} of ${count(of.recordings, "recording")}, ${long}`);
  }
  if (of.encrypted) {
    parts.push(count(of.encrypted, "encrypted recording"));
  }
  if (of.growing?.length) {
    const running = `${count(of.growing.length, "recording")} still being made`;
    parts.push(`the last ${(of.behind_seconds ?? 0).toFixed(0)} s of ${running}`);
  }
  return parts.join("; ");
}

const TRACKS = ["agent", "llm", "tool", "step", "sys", "mark", "guard", "term"];
const KINDS = [
  ...["session", "message", "lifecycle", "call", "result", "command", "trouble", "note", "moment", "exit"],
  ...["finding", "limit", "decision"],
  ...["start", "end", "error", "memory", "state", "done"],
];

export class ServerSource implements Source {
  readonly embedded = false;
  private readonly path: string;

  constructor(
    readonly id: string,
    private readonly stop: AbortSignal,
  ) {
    this.path = `/sessions/${encodeURIComponent(id)}`;
  }

  async facts(): Promise<Facts> {
    const it = await get<Detail>(this.path, {}, this.stop);
    return {
      ...it,
      agent: it.agent || it.program,
      duration: it.duration * 1000,
      exitCode: it.exit_code,
      exitSignal: it.exit_signal,
      signedBy: it.signed_by,
    };
  }

  async points(): Promise<Point[]> {
    const it = await get<Timeline>(`${this.path}/timeline`, {}, this.stop);
    const points: Point[] = [
      ...it.moments.map((each) => ({
        ...{ id: each.id, kind: "moment" as const, t: each.ts * 1000, label: each.label },
        ...{ status: "", what: each.type },
      })),
      ...it.fsSnapshots.map((each) => ({
        ...{ id: each.id, kind: "snapshot" as const, t: each.ts * 1000, label: each.label },
        ...{ status: "", what: "", files: each.files ?? 0, changed: each.changed ?? 0, note: each.note ?? "" },
      })),
      ...it.branches
        .filter((each) => each.ts !== null)
        .map((each) => ({
          ...{ id: each.id, kind: "branch" as const, t: each.ts! * 1000, label: `branch ${each.id}` },
          ...{ status: each.state, what: each.relation },
        })),
    ];
    return points.sort((a, b) => a.t - b.t);
  }

  async activity(): Promise<Activity> {
    const it = await get<Activity>(`${this.path}/activity`, {}, this.stop);
    return { output: it.output, idle: it.idle.map(([from, to]) => [from * 1000, to * 1000]) };
  }

  async events(add: (events: Event[]) => void, from: number, signal: AbortSignal): Promise<void> {
    let cursor: string | null = from ? String(from) : null;
    do {
      const query = { track: TRACKS, kind: KINDS, limit: 2000, cursor };
      const page: { events: RawEvent[]; next: string | null } = await get(
        `${this.path}/events`,
        query,
        signal,
      );
      if (page.events.length) add(page.events.flatMap(fromRaw));
      cursor = page.next;
    } while (cursor !== null);
  }

  async range(t: number, every: number, limit: number, signal: AbortSignal): Promise<FrameRange> {
    const query = { t: t / 1000, every: every / 1000, limit };
    return fromServer(await get<RawFrameRange>(`${this.path}/film`, query, signal));
  }

  async step(t: number, by: 1 | -1, signal: AbortSignal): Promise<FrameRange> {
    const query = { t: t / 1000, step: by };
    return fromServer(await get<RawFrameRange>(`${this.path}/film`, query, signal));
  }

  async search(query: string, signal: AbortSignal): Promise<SearchAnswer> {
    const params = { q: query, session: this.id, context: 0 };
    const answer = await getPages<HitList>("/search", "hits", params, MAX_MATCHES, MAX_HITS, signal);
    const matches = answer.hits
      .map((hit) => ({ t: hit.t * 1000, text: hit.line.map(([text]) => text).join(""), kind: hit.kind }))
      .sort((a, b) => a.t - b.t);
    return { matches, total: answer.total, unsearched: leftOutText(answer.left_out) };
  }

  follow(grown: () => void, ended: () => void, lost: (lost: boolean) => void, signal: AbortSignal): void {
    const stream = new EventSource(address(`${this.path}/live`));
    let due = 0;
    const schedule = () => {
      due ||= window.setTimeout(() => {
        due = 0;
        grown();
      }, COLLECT_MS);
    };
    stream.addEventListener("error", () => lost(true)); // the browser tries again by itself
    stream.addEventListener("open", () => lost(false));
    stream.addEventListener("open", schedule); // for events from before it was open, or while it was not
    stream.addEventListener("events", schedule);
    stream.addEventListener("end", () => {
      stream.close();
      ended();
    });
    signal.addEventListener("abort", () => stream.close());
  }
}

function fromServer(range: RawFrameRange): FrameRange {
  return {
    frames: range.frames,
    until: range.until * 1000,
    duration: range.durationSec * 1000,
    live: range.live,
  };
}

function fromRaw(event: RawEvent): Event[] {
  const { data } = event;
  return data && typeof data === "object" ? [{ ...event, t: event.t / 1e6, data }] : [];
}
