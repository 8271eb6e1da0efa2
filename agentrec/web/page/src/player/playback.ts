// Playing a recording: the clock, the frames, and requests for them. Without DOM elements.
import { signal } from "@preact/signals";
import { Clock } from "../clock";
import type { Facts, FrameRange, Source } from "../model";
import { FrameBuffer, firstShown } from "./frames";

const MIN_FRAME_MS = 33;
// Waiting is shown if it takes longer.
const PATIENCE_MS = 150;
// Frames per request while playing: few at first, so that something moves soon, then as many as come in time.
const FIRST_FRAMES = 3;
const FRAMES_AHEAD = 300;
const GROWTH = 4;
const QUICK_MS = 500;
const SLOW_MS = 2000;
// The next range is requested when this share of the current one is left.
const REFILL_SHARE = 0.5;

export class Playback {
  readonly clock = new Clock();
  readonly buffer = new FrameBuffer();
  readonly t = signal(0);
  readonly jumps = signal(0); // counts jumps to another position
  readonly playing = signal(false);
  readonly speed = signal(1);
  readonly idleLimit = signal<number | null>(this.clock.idleLimit);
  readonly duration = signal(0);
  readonly live = signal(false);
  readonly growing = signal(false);
  readonly title = signal("");
  readonly waiting = signal(false);
  readonly trouble = signal("");
  // What `trouble` is when nothing else is wrong.
  private connection = "";
  readonly lost = signal(false); // there is no picture of this time: loading it failed
  readonly size = signal("");
  loop = false;
  from: number | null = null; // where playing begins, if a picture of another time is shown first
  onDraw: () => void = () => {};

  readonly first: Promise<void>; // the first picture has come, or cannot
  private started: () => void = () => {};
  private ahead = FIRST_FRAMES;
  private stalled: number | null = null; // since when
  private wanted: number | null = null;
  private requesting = false;
  private refilling = false;
  private grown = false; // there is more than was requested
  private over = false; // no more will come
  private frame = 0;
  private readonly stop = new AbortController();

  constructor(
    readonly source: Source,
    readonly facts: Facts,
  ) {
    this.first = new Promise((done) => (this.started = done));
    this.clock.duration = facts.duration;
    this.clock.growing = facts.live;
    this.publish();
    if (facts.live && source.follow) {
      const ended = () => {
        this.over = true;
        void this.grow();
      };
      const lost = (is: boolean) => {
        this.connection = is ? "the connection is lost; trying again" : "";
        this.trouble.value = this.connection;
      };
      source.follow(() => void this.grow(), ended, lost, this.stop.signal);
    }
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  close(): void {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
  }

  // Playing from the start, it requests what is played at once, instead of a picture first.
  start(t: number | null, plays = false): void {
    if (t !== null) this.clock.seek(t);
    else if (this.clock.growing) this.clock.toEnd();
    if (plays) this.clock.play();
    this.moved();
  }

  toggle(): void {
    if (this.clock.playing) this.clock.pause();
    else this.begin();
    this.moved();
  }

  private begin(): void {
    if (this.from !== null) this.clock.seek(this.from);
    this.from = null;
    this.clock.play();
  }

  setSpeed(speed: number): void {
    if (speed > 0 && speed <= 100) this.clock.speed = speed;
    this.publish();
  }

  pause(): void {
    this.clock.pause();
    this.publish();
  }

  play(): void {
    if (!this.clock.playing) this.begin();
    this.moved();
  }

  seek(t: number): void {
    this.from = null;
    this.jumps.value += 1;
    this.clock.seek(t);
    this.moved();
  }

  skip(ms: number): void {
    this.seek(this.clock.t + ms);
  }

  share(part: number): void {
    this.seek(part * this.clock.duration);
  }

  toEnd(): void {
    this.clock.toEnd();
    this.moved();
  }

  async step(by: 1 | -1): Promise<void> {
    this.clock.pause();
    try {
      const range = await this.source.step(this.clock.t, by, this.stop.signal);
      const goal = range.goal ?? range.frames[0]?.t;
      if (goal === undefined) return;
      this.clock.seek(goal);
      this.buffer.take(range);
      this.draw();
    } catch (error) {
      this.report(error);
    }
    this.publish();
  }

  // Go to where `text` is on the screen soon after `t`, else to `t`.
  async find(t: number, text: string): Promise<void> {
    const exact = text !== text.toLowerCase();
    const has = (row: string) => (exact ? row : row.toLowerCase()).includes(text);
    this.seek(t);
    try {
      const { frames } = await this.source.range(t, MIN_FRAME_MS, FRAMES_AHEAD, this.stop.signal);
      if (this.clock.t === t) this.seek(firstShown(frames, t, has) ?? t);
    } catch (error) {
      this.report(error);
    }
  }

  change(what: "faster" | "slower" | "shortenPauses" | "lengthenPauses" | "fullPauses"): void {
    if (what === "fullPauses") this.clock.idleLimit = null;
    else this.clock[what]();
    if (this.clock.playing) this.request(this.clock.t); // it needs frames at other intervals
    this.publish();
  }

  setIdle(spans: [number, number][]): void {
    this.clock.idle = spans;
  }

  private moved(): void {
    this.publish();
    if (this.buffer.covers(this.clock.t)) this.draw();
    else this.request(this.clock.t);
    if (this.clock.playing) this.run();
  }

  private run(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  private tick(now: number): void {
    if (this.stop.signal.aborted) return;
    const { clock, buffer } = this;
    const whole = buffer.until >= clock.duration;
    clock.advance(now, whole ? Infinity : buffer.until);
    this.stall(clock.playing && !whole && clock.t >= buffer.until ? now : null);
    if (buffer.covers(clock.t)) this.draw();
    else if (!this.requesting) this.request(clock.t);
    if (clock.playing && !whole && !buffer.hasFollowing && buffer.left(clock.t) < REFILL_SHARE) {
      void this.refill();
    }
    if (this.loop && !clock.playing && clock.atEnd && !clock.growing) {
      clock.seek(0);
      clock.play();
    }
    this.publish();
    if (clock.playing) this.run();
  }

  // It plays, but there are no more frames yet.
  private stall(now: number | null): void {
    if (now !== null) this.stalled ??= now;
    else if (this.stalled !== null) {
      this.stalled = null;
      this.waiting.value &&= this.requesting;
    }
    if (now !== null && now - this.stalled! > PATIENCE_MS) this.waiting.value = true;
  }

  // While a request is being answered, only the last of all later ones is kept.
  private request(t: number): void {
    this.wanted = t;
    if (!this.requesting) void this.load();
  }

  private async load(): Promise<void> {
    this.requesting = true;
    const slow = setTimeout(() => (this.waiting.value = true), PATIENCE_MS);
    while (this.wanted !== null) {
      const t = this.wanted;
      this.wanted = null;
      try {
        const range = await this.range(t, this.clock.playing ? this.ahead : 1);
        this.buffer.take(range);
        this.trouble.value = this.connection;
        this.draw(Math.min(Math.max(t, this.clock.t), range.until));
      } catch (error) {
        this.report(error);
        this.clock.pause();
        this.lost.value = !this.buffer.covers(this.clock.t);
      }
    }
    this.started();
    clearTimeout(slow);
    this.waiting.value = false;
    this.requesting = false;
    this.publish();
    this.later();
  }

  private async refill(): Promise<void> {
    if (this.refilling || this.requesting) return;
    this.refilling = true;
    try {
      const from = this.buffer.until;
      const range = await this.range(from, this.ahead);
      if (!this.requesting && this.buffer.until === from) this.buffer.takeFollowing(range);
    } catch (error) {
      this.report(error);
      this.clock.pause();
    }
    this.refilling = false;
    this.later();
  }

  private async range(t: number, limit: number): Promise<FrameRange> {
    const every = MIN_FRAME_MS * Math.max(1, this.clock.speed);
    const asked = performance.now();
    const range = await this.source.range(t, every, limit, this.stop.signal);
    if (limit === this.ahead) this.adapt(performance.now() - asked);
    this.clock.extend(range.duration);
    return range;
  }

  private adapt(ms: number): void {
    if (ms < QUICK_MS) this.ahead = Math.min(FRAMES_AHEAD, this.ahead * GROWTH);
    else if (ms > SLOW_MS) this.ahead = Math.max(FIRST_FRAMES, Math.ceil(this.ahead / GROWTH));
  }

  // A recording in progress has grown. What comes during a request is loaded afterwards.
  private async grow(): Promise<void> {
    this.grown = true;
    if (this.refilling || this.requesting) return;
    this.refilling = true;
    while (this.grown && !this.stop.signal.aborted) {
      this.grown = false;
      try {
        await this.catchUp();
      } catch (error) {
        this.report(error);
      }
    }
    this.refilling = false;
    if (this.over) this.clock.finish();
    this.publish();
  }

  private async catchUp(): Promise<void> {
    const range = await this.range(this.clock.live ? this.clock.duration : this.buffer.until, FRAMES_AHEAD);
    if (!this.clock.live) {
      this.buffer.dropFollowing();
      return;
    }
    this.clock.extend(range.until);
    this.buffer.take(range);
    this.draw();
    this.grown ||= range.until < range.duration; // there is more than fits into one response
  }

  private later(): void {
    if (this.grown || (this.over && this.clock.growing)) void this.grow();
  }

  // Ask once more for the picture that could not be loaded.
  retry(): void {
    this.trouble.value = this.connection;
    this.moved();
  }

  private draw(t = this.clock.t): void {
    if (this.lost.value) this.trouble.value = this.connection;
    this.lost.value = false;
    if (this.buffer.show(t)) {
      const { grid } = this.buffer;
      this.title.value = grid.title;
      this.size.value = `${grid.cols}×${grid.rows.length}`;
      this.onDraw();
    }
  }

  private report(error: unknown): void {
    if (this.stop.signal.aborted) return;
    this.trouble.value = error instanceof Error ? error.message : String(error);
  }

  private publish(): void {
    const { clock } = this;
    if (!clock.playing) this.stall(null);
    this.t.value = clock.t;
    this.playing.value = clock.playing;
    this.speed.value = clock.speed;
    this.idleLimit.value = clock.idleLimit;
    this.duration.value = clock.duration;
    this.live.value = clock.live;
    this.growing.value = clock.growing;
  }
}
