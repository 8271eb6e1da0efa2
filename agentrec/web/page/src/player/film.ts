// Frames applied to rows: what is on the recorded screen now.
import type { Frame, Look, Reel, Run } from "../model";

export type Row = readonly Run[];

const BLANK: Row = [];
const PLAIN: Look = [];
const FIND_FRAMES = 100; // how far what is looked for may be from where it was found

export class Grid {
  cols = 0;
  rows: Row[] = [];
  looks: Look[] = [PLAIN];
  cursor: [number, number, number] = [0, 0, 0];
  title = "";

  // The first frame of a reel: styles are counted anew.
  begin(frame: Frame): void {
    this.looks = [PLAIN];
    this.cursor = [0, 0, 0];
    this.title = "";
    this.apply(frame);
  }

  apply(frame: Frame): void {
    if (frame.s) {
      this.cols = frame.s[0];
      this.rows = new Array<Row>(frame.s[1]).fill(BLANK);
    }
    const by = frame.u;
    if (by) this.rows = this.rows.map((_, y) => this.rows[y + by] ?? BLANK);
    if (frame.y) this.looks.push(...frame.y);
    for (const [y, ...runs] of frame.r ?? []) this.rows[y] = runs;
    this.cursor = frame.c ?? this.cursor;
    this.title = frame.w ?? this.title;
  }
}

export function textOf(row: Row): string {
  return row.map((run) => (typeof run === "string" ? run : run[1])).join("").trimEnd();
}

// The first time from `t` on at which `has` is true of a row on the screen; null when it is not soon.
export function firstShown(frames: Frame[], t: number, has: (text: string) => boolean): number | null {
  const grid = new Grid();
  let looked = 0;
  for (const [n, frame] of frames.entries()) {
    grid.apply(frame);
    const next = frames[n + 1];
    if (next && next.t <= Math.ceil(t)) continue;
    if (grid.rows.some((row) => has(textOf(row)))) return Math.max(t, frame.t);
    looked += 1;
    if (looked >= FIND_FRAMES) break;
  }
  return null;
}

// What was loaded: a reel being shown, and the one that follows.
export class Film {
  readonly grid = new Grid();
  private reel: Reel | null = null;
  private following: Reel | null = null;
  private next = 0; // the frame of the reel that is not applied yet

  // Up to where there is something to show without asking for more.
  get until(): number {
    return this.following?.until ?? this.reel?.until ?? 0;
  }

  get empty(): boolean {
    return this.reel === null;
  }

  get hasFollowing(): boolean {
    return this.following !== null;
  }

  covers(t: number): boolean {
    return within(this.reel, t) || within(this.following, t);
  }

  // How much of the reel is left after `t`, as a share.
  left(t: number): number {
    const reel = this.reel;
    if (!reel) return 0;
    const from = reel.frames[0]?.t ?? reel.until;
    return reel.until > from ? (reel.until - t) / (reel.until - from) : 0;
  }

  take(reel: Reel): void {
    if (!reel.frames.length) return;
    this.reel = reel;
    this.following = null;
    this.next = 0;
  }

  takeFollowing(reel: Reel): void {
    if (!this.reel) this.take(reel);
    else if (reel.frames.length) this.following = reel;
  }

  dropFollowing(): void {
    this.following = null;
  }

  // Bring the grid to `t`. False when nothing has changed.
  show(t: number): boolean {
    if (!within(this.reel, t) && within(this.following, t)) {
      this.reel = this.following;
      this.following = null;
      this.next = 0;
    }
    const frames = this.reel?.frames;
    if (!frames?.length) return false;
    // Times of frames are rounded up.
    const edge = Math.ceil(t);
    const gone = this.next > 1 && frames[this.next - 1]!.t > edge;
    const before = gone ? 0 : this.next;
    if (before === 0) {
      this.grid.begin(frames[0]!);
      this.next = 1;
    }
    while (this.next < frames.length && frames[this.next]!.t <= edge) {
      this.grid.apply(frames[this.next]!);
      this.next += 1;
    }
    return this.next !== before;
  }
}

function within(reel: Reel | null, t: number): boolean {
  const first = reel?.frames[0];
  return !!reel && !!first && first.t - 1 <= t && t <= reel.until + 0.001; // seconds and back
}
