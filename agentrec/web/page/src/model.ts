// What the page knows of recordings, wherever it comes from. Times are milliseconds since the start.

export interface Facts {
  id: string;
  title: string;
  prompt?: string; // what an agent was asked for first
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
export type Look = [(number | string | null)?, (number | string | null)?, number?, number?, (number | string)?];

export interface Frame {
  t: number;
  s?: [number, number];
  u?: number;
  y?: Look[];
  r?: [number, ...Run[]][];
  c?: [number, number, number];
  w?: string;
}

// A stretch of film: its first frame is whole, and everything up to `until` is in it.
export interface Reel {
  frames: Frame[];
  until: number;
  duration: number;
  live: boolean;
  goal?: number; // where a step led to, when that is not the first frame
}

export interface Found {
  t: number;
  text: string;
  kind: string;
}

// Where a player gets everything from: a server, or the file it is in.
export interface Source {
  readonly embedded: boolean;
  facts(): Promise<Facts>;
  points(): Promise<Point[]>;
  activity(): Promise<Activity>;
  // Tells events in pieces as they come; ends when there are no more for now.
  events(tell: (events: Event[]) => void, from: number, signal: AbortSignal): Promise<void>;
  reel(t: number, every: number, limit: number, signal: AbortSignal): Promise<Reel>;
  step(t: number, by: 1 | -1, signal: AbortSignal): Promise<Reel>;
  search(query: string, signal: AbortSignal): Promise<Found[]>;
  // Calls back whenever a running recording has grown, until `signal` is aborted.
  follow?(grown: () => void, ended: () => void, signal: AbortSignal): void;
}
