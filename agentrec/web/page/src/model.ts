// What the page knows about recordings, from any source. Times are milliseconds since the start.

export interface Facts {
  id: string;
  title: string;
  prompt?: string; // the first prompt to an agent
  command: string[];
  cwd: string;
  agent: string;
  created: string;
  cols: number;
  rows: number;
  duration: number;
  live: boolean;
  state: string;
  exitCode: number | null;
  exitSignal: number | null;
  failed?: boolean | null;
  signedBy?: string | null; // a fingerprint; whether it is signed, `agentrec verify` checks
  embed?: string | null; // where other sites may show it
  access?: "all" | "play" | "link"; // play: nothing can be added to it; link: neither can links be made
}

export interface Point {
  id: string;
  kind: "moment" | "snapshot" | "branch";
  t: number;
  label: string;
  status: string;
  what: string;
  files?: number;
  changed?: number;
  note?: string; // how a snapshot's files may differ from those at its time
}

export interface Activity {
  output: number[];
  idle: [number, number][];
}

// An event as in the text twin, except for its time.
export interface Event {
  seq: number;
  t: number;
  track: string;
  kind: string;
  data: Record<string, unknown>;
  span?: string;
  parent?: string;
  actor?: string;
}

// See agentrec/terminal/output/frame_deltas.py.
export type Run = string | [number, string] | [number, string, number];
export type CellStyle = [(number | string | null)?, (number | string | null)?, number?, number?, (number | string | null)?, string?];

export interface Frame {
  t: number;
  s?: [number, number];
  u?: number;
  y?: CellStyle[];
  r?: [number, ...Run[]][];
  c?: [number, number, number];
  w?: string;
}

// Consecutive frames: the first one is whole, and they cover everything up to `until`.
export interface FrameRange {
  frames: Frame[];
  until: number;
  duration: number;
  live: boolean;
  goal?: number; // where a step leads to, if not to the first frame
}

export interface SearchMatch {
  t: number;
  text: string;
  kind: string;
}

// What a search found: `total` of what matches may be more than `matches`; `unsearched` says what was left out.
export interface SearchAnswer {
  matches: SearchMatch[];
  total: number;
  unsearched: string;
}

// Where a player gets its data: a server, or the file it is in.
export interface Source {
  readonly embedded: boolean;
  facts(): Promise<Facts>;
  points(): Promise<Point[]>;
  activity(): Promise<Activity>;
  // Adds events in parts as they come; ends when there are no more for now.
  events(add: (events: Event[]) => void, from: number, signal: AbortSignal): Promise<void>;
  range(t: number, every: number, limit: number, signal: AbortSignal): Promise<FrameRange>;
  step(t: number, by: 1 | -1, signal: AbortSignal): Promise<FrameRange>;
  search(query: string, signal: AbortSignal): Promise<SearchAnswer>;
  // Calls back whenever a recording in progress has grown, until `signal` is aborted.
  // `lost` says whether the connection is lost at the moment.
  follow?(grown: () => void, ended: () => void, lost: (lost: boolean) => void, signal: AbortSignal): void;
}
