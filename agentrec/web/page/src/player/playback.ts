// A recording being played: the clock, the film, and the requests in between. No elements.
import { signal } from "@preact/signals";
import { Clock } from "../clock";
import type { Facts, Reel, Source } from "../model";
import { Film, firstShown } from "./film";

const FRAME = 33; // ms between pictures at least
const AHEAD = 300; // pictures asked for at once while playing
const REFILL = 0.5; // ask for what follows when so much of the reel is left

export class Playback {
  readonly clock = new Clock();
  readonly film = new Film();
  readonly t = signal(0);
  readonly jumps = signal(0); // counts how often somebody went somewhere
  readonly playing = signal(false);
  readonly speed = signal(1);
  readonly idleLimit = signal<number | null>(this.clock.idleLimit);
  readonly duration = signal(0);
  readonly live = signal(false);
  readonly growing = signal(false);
  readonly title = signal("");
  readonly waiting = signal(false);
  readonly trouble = signal("");
  onDraw: () => void = () => {};

  private wanted: number | null = null;
  private asking = false;
  private refilling = false;
  private grown = false; // there is more than was asked for
  private over = false; // and no more will come
  private frame = 0;
  private readonly stop = new AbortController();

  constructor(
    readonly source: Source,
    readonly facts: Facts,
  ) {
    this.clock.duration = facts.duration;
    this.clock.growing = facts.live;
    this.publish();
    if (facts.live && source.follow) {
      const ended = () => {
        this.over = true;
        void this.grow();
      };
      source.follow(() => void this.grow(), ended, this.stop.signal);
    }
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  close(): void {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
  }

  start(t: number | null): void {
    if (t !== null) this.clock.seek(t);
    else if (this.clock.growing) this.clock.toEnd();
    this.moved();
  }

  toggle(): void {
    if (this.clock.playing) this.clock.pause();
    else this.clock.play();
    this.moved();
  }

  pause(): void {
    this.clock.pause();
    this.publish();
  }

  play(): void {
    if (!this.clock.playing) this.clock.play();
    this.moved();
  }

  seek(t: number): void {
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
      const reel = await this.source.step(this.clock.t, by, this.stop.signal);
      const goal = reel.goal ?? reel.frames[0]?.t;
      if (goal === undefined) return;
      this.clock.seek(goal);
      this.film.take(reel);
      this.draw();
    } catch (error) {
      this.complain(error);
    }
    this.publish();
  }

  // Go to where `text` is on the screen, soon after `t`; else to `t`.
  async find(t: number, text: string): Promise<void> {
    const exact = text !== text.toLowerCase();
    const has = (row: string) => (exact ? row : row.toLowerCase()).includes(text);
    this.seek(t);
    try {
      const { frames } = await this.source.reel(t, FRAME, AHEAD, this.stop.signal);
      if (this.clock.t === t) this.seek(firstShown(frames, t, has) ?? t);
    } catch (error) {
      this.complain(error);
    }
  }

  change(what: "faster" | "slower" | "cutMore" | "cutLess" | "cutNone"): void {
    if (what === "cutNone") this.clock.idleLimit = null;
    else this.clock[what]();
    if (this.clock.playing) this.wish(this.clock.t); // other pictures are needed from now on
    this.publish();
  }

  setIdle(spans: [number, number][]): void {
    this.clock.idle = spans;
  }

  private moved(): void {
    this.publish();
    if (this.film.covers(this.clock.t)) this.draw();
    else this.wish(this.clock.t);
    if (this.clock.playing) this.run();
  }

  private run(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  private tick(now: number): void {
    if (this.stop.signal.aborted) return;
    const { clock, film } = this;
    const whole = film.until >= clock.duration;
    clock.advance(now, whole ? Infinity : film.until);
    if (film.covers(clock.t)) this.draw();
    else this.wish(clock.t);
    if (clock.playing && !whole && !film.hasFollowing && film.left(clock.t) < REFILL) {
      void this.refill();
    }
    this.publish();
    if (clock.playing) this.run();
  }

  // The newest wish counts; while one is being answered the others wait, and all but the last are dropped.
  private wish(t: number): void {
    this.wanted = t;
    if (!this.asking) void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    const slow = setTimeout(() => (this.waiting.value = true), 150);
    while (this.wanted !== null) {
      const t = this.wanted;
      this.wanted = null;
      try {
        const reel = await this.reel(t, this.clock.playing ? AHEAD : 1);
        this.film.take(reel);
        this.draw(Math.min(Math.max(t, this.clock.t), reel.until));
        this.trouble.value = "";
      } catch (error) {
        this.complain(error);
        this.clock.pause();
      }
    }
    clearTimeout(slow);
    this.waiting.value = false;
    this.asking = false;
    this.publish();
    this.later();
  }

  private async refill(): Promise<void> {
    if (this.refilling || this.asking) return;
    this.refilling = true;
    try {
      const from = this.film.until;
      const reel = await this.reel(from, AHEAD);
      if (!this.asking && this.film.until === from) this.film.takeFollowing(reel);
    } catch (error) {
      this.complain(error);
    }
    this.refilling = false;
    this.later();
  }

  private async reel(t: number, limit: number): Promise<Reel> {
    const every = FRAME * Math.max(1, this.clock.speed);
    const reel = await this.source.reel(t, every, limit, this.stop.signal);
    this.clock.extend(reel.duration);
    return reel;
  }

  // A running recording has become longer. What comes while something is being asked is seen to afterwards.
  private async grow(): Promise<void> {
    this.grown = true;
    if (this.refilling || this.asking) return;
    this.refilling = true;
    while (this.grown && !this.stop.signal.aborted) {
      this.grown = false;
      try {
        await this.catchUp();
      } catch (error) {
        this.complain(error);
      }
    }
    this.refilling = false;
    if (this.over) this.clock.finish();
    this.publish();
  }

  private async catchUp(): Promise<void> {
    const reel = await this.reel(this.clock.live ? this.clock.duration : this.film.until, AHEAD);
    if (!this.clock.live) {
      this.film.dropFollowing();
      return;
    }
    this.clock.extend(reel.until);
    this.film.take(reel);
    this.draw();
    this.grown ||= reel.until < reel.duration; // there was more than one answer holds
  }

  private later(): void {
    if (this.grown || (this.over && this.clock.growing)) void this.grow();
  }

  private draw(t = this.clock.t): void {
    if (this.film.show(t)) {
      this.title.value = this.film.grid.title;
      this.onDraw();
    }
  }

  private complain(error: unknown): void {
    if (this.stop.signal.aborted) return;
    this.trouble.value = error instanceof Error ? error.message : String(error);
  }

  private publish(): void {
    const { clock } = this;
    this.t.value = clock.t;
    this.playing.value = clock.playing;
    this.speed.value = clock.speed;
    this.idleLimit.value = clock.idleLimit;
    this.duration.value = clock.duration;
    this.live.value = clock.live;
    this.growing.value = clock.growing;
  }
}
