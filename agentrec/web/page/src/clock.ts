// The position of the player and how it moves: decisions only, no timers. The rules are those of the player in
// the terminal (agentrec/tui/playback/clock.py). Times are in milliseconds.

export const SPEEDS = [0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100];
export const IDLE_LIMITS = [10_000, 5_000, 3_000, 2_000, 1_000, 500];
// A page that was suspended continues where it was.
const MAX_STEP_MS = 1000;

export class Clock {
  t = 0;
  duration = 0;
  speed = 1;
  idleLimit: number | null = 2000;
  growing = false;
  playing = false;
  live = false;
  idle: [number, number][] = [];
  private now: number | null = null;

  get atEnd(): boolean {
    return this.t >= this.duration;
  }

  // Time has passed: move if playing, at most to `bound`, up to which there are frames.
  advance(now: number, bound = Infinity): number {
    const before = this.now;
    this.now = now;
    if (this.live) {
      this.t = this.duration;
    } else if (this.playing && before !== null) {
      const elapsed = Math.min(Math.max(0, now - before), MAX_STEP_MS);
      const next = this.after(this.t, elapsed * this.speed);
      this.t = next > bound ? Math.max(this.t, Math.min(bound, next)) : next;
      if (this.t >= this.duration) this.stopAtEnd();
    }
    return this.t;
  }

  play(): void {
    if (this.atEnd && !this.growing) this.t = 0;
    if (!this.playing) this.now = null;
    this.playing = this.duration > 0 || this.growing;
    this.live = this.growing && this.atEnd;
  }

  pause(): void {
    this.playing = this.live = false;
  }

  seek(t: number): number {
    this.t = Math.min(Math.max(0, t), this.duration);
    this.live = this.growing && this.playing && this.atEnd;
    return this.t;
  }

  toEnd(): number {
    this.playing = this.growing;
    this.now = null;
    return this.seek(this.duration);
  }

  faster(): number {
    this.speed = SPEEDS.find((speed) => speed > this.speed) ?? this.speed;
    return this.speed;
  }

  slower(): number {
    this.speed = SPEEDS.findLast((speed) => speed < this.speed) ?? this.speed;
    return this.speed;
  }

  shortenPauses(): number | null {
    const now = this.idleLimit;
    this.idleLimit = IDLE_LIMITS.find((limit) => now === null || limit < now) ?? now;
    return this.idleLimit;
  }

  lengthenPauses(): number | null {
    const now = this.idleLimit;
    this.idleLimit = now === null ? null : (IDLE_LIMITS.findLast((limit) => limit > now) ?? null);
    return this.idleLimit;
  }

  extend(duration: number): void {
    this.duration = Math.max(this.duration, duration);
    if (this.live) this.t = this.duration;
  }

  finish(): void {
    this.growing = this.live = false;
    if (this.atEnd) this.playing = false;
  }

  private stopAtEnd(): void {
    this.t = this.duration;
    this.live = this.playing = this.growing;
  }

  // The time `delta` after `t`, not counting what is skipped of idle spans.
  private after(t: number, delta: number): number {
    const limit = this.idleLimit;
    if (limit === null) return t + delta;
    for (let index = firstEnding(this.idle, t); index < this.idle.length; index++) {
      const [start, end] = this.idle[index]!;
      const cut = Math.max(start + limit, t);
      if (t + delta < cut || cut >= end) {
        if (t + delta < end) break;
        continue;
      }
      delta -= cut - t;
      t = end;
    }
    return t + delta;
  }
}

function firstEnding(spans: [number, number][], t: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]![1] <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
