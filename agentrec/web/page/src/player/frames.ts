// Frames applied to rows: what the recorded screen shows.
import type { Frame, CellStyle, FrameRange, Run } from "../model";

export type Row = readonly Run[];

const BLANK: Row = [];
const PLAIN: CellStyle = [];
// How many frames after a hit may pass before its text is on the screen.
const MAX_SEARCHED_FRAMES = 100;

export class ScreenGrid {
  cols = 0;
  rows: Row[] = [];
  styles: CellStyle[] = [PLAIN];
  cursor: [number, number, number] = [0, 0, 0];
  title = "";

  // The first frame of a range: styles are numbered from the start.
  begin(frame: Frame): void {
    this.styles = [PLAIN];
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
    if (frame.y) this.styles.push(...frame.y);
    for (const [y, ...runs] of frame.r ?? []) this.rows[y] = runs;
    this.cursor = frame.c ?? this.cursor;
    this.title = frame.w ?? this.title;
  }
}

export function textOf(row: Row): string {
  return row.map((run) => (typeof run === "string" ? run : run[1])).join("").trimEnd();
}

// The first time from `t` on when `has` is true for a row on the screen; null if not soon.
export function firstShown(frames: Frame[], t: number, has: (text: string) => boolean): number | null {
  const grid = new ScreenGrid();
  let searched = 0;
  for (const [n, frame] of frames.entries()) {
    grid.apply(frame);
    const next = frames[n + 1];
    if (next && next.t <= Math.ceil(t)) continue;
    if (grid.rows.some((row) => has(textOf(row)))) return Math.max(t, frame.t);
    searched += 1;
    if (searched >= MAX_SEARCHED_FRAMES) break;
  }
  return null;
}

// The frames that are loaded: the range that is shown, and the next one.
export class FrameBuffer {
  readonly grid = new ScreenGrid();
  private range: FrameRange | null = null;
  private following: FrameRange | null = null;
  private next = 0; // the next frame of the range to apply

  // Up to where frames are loaded.
  get until(): number {
    return this.following?.until ?? this.range?.until ?? 0;
  }

  get empty(): boolean {
    return this.range === null;
  }

  get hasFollowing(): boolean {
    return this.following !== null;
  }

  covers(t: number): boolean {
    return within(this.range, t) || within(this.following, t);
  }

  // How much of the range is left after `t`, as a share.
  left(t: number): number {
    const range = this.range;
    if (!range) return 0;
    const from = range.frames[0]?.t ?? range.until;
    return range.until > from ? (range.until - t) / (range.until - from) : 0;
  }

  take(range: FrameRange): void {
    if (!range.frames.length) return;
    this.range = range;
    this.following = null;
    this.next = 0;
  }

  takeFollowing(range: FrameRange): void {
    if (!this.range) this.take(range);
    else if (range.frames.length) this.following = range;
  }

  dropFollowing(): void {
    this.following = null;
  }

  // Bring the grid to `t`. False if nothing changed.
  show(t: number): boolean {
    if (!within(this.range, t) && within(this.following, t)) {
      this.range = this.following;
      this.following = null;
      this.next = 0;
    }
    const frames = this.range?.frames;
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

function within(range: FrameRange | null, t: number): boolean {
  const first = range?.frames[0];
  return !!range && !!first && first.t - 1 <= t && t <= range.until + 0.001; // rounding when converted to seconds and back
}
