// Everything the parts of one player share: what was loaded, what is chosen, and what every action does.
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Activity, Event, Facts, Found, Point } from "../model";
import { cycleTheme } from "../theme";
import type { Playback } from "./playback";
import { Story } from "./story";

const LOOK = 10_000; // ms between looks at all of a running recording

export interface Tab {
  id: string;
  title: string;
  render: (room: Room) => ComponentChildren;
}

export interface Hooks {
  tabs?: Tab[]; // besides the player's own
  addMoment?: (label: string, t: number) => Promise<void>;
  intervene?: (room: Room) => ComponentChildren;
  about?: ComponentChildren;
  start?: number;
  query?: string; // what was looked for when it was found at `start`
  tab?: string;
  keys?: boolean; // take keys of the whole page; on unless said otherwise
}

export class Room {
  readonly points = signal<Point[]>([]);
  readonly activity = signal<Activity | null>(null);
  readonly entries = signal<Story["entries"]>([]);
  readonly calls = signal<Story["calls"]>([]);
  readonly loading = signal(true);
  readonly hits = signal<Found[]>([]);
  readonly query = signal("");
  readonly tab: Signal<string>;
  readonly zoom = signal(false);
  readonly asking = signal<"" | "time" | "search" | "moment" | "intervene" | "help">("");
  readonly notice = signal("");
  readonly errors: ReadonlySignal<number[]>;
  readonly place: ReadonlySignal<string>;
  readonly story = new Story();
  tabs: Tab[] = [];
  private looked = 0;

  constructor(
    readonly playback: Playback,
    readonly facts: Facts,
    readonly hooks: Hooks,
  ) {
    this.tab = signal(hooks.tab || "story");
    this.errors = computed(() =>
      this.entries.value.filter((it) => it.failed).map((it) => it.ended ?? it.t),
    );
    this.place = computed(() => this.placeIn(this.points.value, playback.t.value));
  }

  async load(): Promise<void> {
    const { source } = this.playback;
    const told = (error: unknown) => this.complain(error);
    void source.points().then((points) => this.setPoints(points), told);
    void this.lookAround();
    await this.read();
    this.setPoints(this.points.value);
    this.loading.value = false;
  }

  // How a moment ended stands in its event.
  private setPoints(points: Point[]): void {
    const { statuses } = this.story;
    this.points.value = points.map((it) => ({ ...it, status: it.status || (statuses.get(it.id) ?? "") }));
  }

  // How much was going on when; asking costs the server a look at everything.
  private async lookAround(): Promise<void> {
    this.looked = performance.now();
    try {
      this.activity.value = await this.playback.source.activity();
      this.playback.setIdle(this.activity.value.idle);
    } catch (error) {
      this.complain(error);
    }
  }

  // What is new in a running recording.
  async more(): Promise<void> {
    const { source } = this.playback;
    if (performance.now() - this.looked > LOOK) void this.lookAround();
    const points = await source.points();
    await this.read();
    this.setPoints(points);
  }

  private async read(): Promise<void> {
    const { source, signal: stop } = this.playback;
    const tell = (events: Event[]) => {
      this.story.feed(events);
      this.entries.value = [...this.story.entries].sort((a, b) => a.t - b.t || a.seq - b.seq);
      this.calls.value = [...this.story.calls];
    };
    try {
      await source.events(tell, this.story.next, stop);
    } catch (error) {
      this.complain(error);
    }
  }

  complain(error: unknown): void {
    if (!this.playback.signal.aborted) {
      this.notice.value = error instanceof Error ? error.message : String(error);
    }
  }

  private placeIn(points: Point[], t: number): string {
    if (this.playback.live.value) return "live";
    const last = points.findLast((it) => it.t <= t + 0.5 && it.kind !== "branch");
    if (!last) return points.length ? "before the first moment" : "";
    const word = Math.abs(last.t - t) < 1 ? "at" : "after";
    return `${word} “${last.label || last.id}”`;
  }

  // Go to the point of this kind that is next, or before.
  jump(by: 1 | -1, kind: Point["kind"]): void {
    const t = this.playback.clock.t;
    const fit = this.points.value.filter((it) => it.kind === kind);
    const goal = by > 0 ? fit.find((it) => it.t > t + 1) : fit.findLast((it) => it.t < t - 1);
    if (goal) this.playback.seek(goal.t);
    else this.notice.value = by > 0 ? "nothing further" : "nothing before";
  }

  jumpHit(by: 1 | -1): void {
    const t = this.playback.clock.t;
    const hits = this.hits.value;
    const goal = by > 0 ? hits.find((it) => it.t > t + 1) : hits.findLast((it) => it.t < t - 1);
    const turned = goal ?? (by > 0 ? hits[0] : hits.at(-1));
    if (turned) void this.playback.find(turned.t, this.query.value);
  }

  act(action: string, key = ""): void {
    const { playback } = this;
    const clock = playback.clock;
    const nextTab = () => {
      const ids = this.tabs.map((tab) => tab.id);
      this.tab.value = ids[(ids.indexOf(this.tab.value) + 1) % ids.length]!;
    };
    const actions: Record<string, () => void> = {
      toggle: () => playback.toggle(),
      stepOn: () => void playback.step(1),
      stepBack: () => void playback.step(-1),
      faster: () => playback.change("faster"),
      slower: () => playback.change("slower"),
      cutMore: () => playback.change("cutMore"),
      cutLess: () => playback.change("cutLess"),
      cutNone: () => playback.change("cutNone"),
      back: () => playback.skip(-5000),
      on: () => playback.skip(5000),
      farBack: () => playback.skip(-clock.duration / 10),
      farOn: () => playback.skip(clock.duration / 10),
      tenth: () => playback.share(Number(key) / 10),
      start: () => playback.seek(0),
      end: () => playback.toEnd(),
      nextMoment: () => this.jump(1, "moment"),
      previousMoment: () => this.jump(-1, "moment"),
      nextSnapshot: () => this.jump(1, "snapshot"),
      previousSnapshot: () => this.jump(-1, "snapshot"),
      nextHit: () => this.jumpHit(1),
      previousHit: () => this.jumpHit(-1),
      askTime: () => (this.asking.value = "time"),
      askSearch: () => (this.asking.value = "search"),
      askMoment: () => {
        if (this.hooks.addMoment) this.asking.value = "moment";
        else this.notice.value = "moments are added where the recording is: agentrec replay, agentrec serve";
      },
      intervene: () => {
        if (this.hooks.intervene) this.asking.value = "intervene";
        else this.notice.value = "branches are made where the recording is: agentrec branch, agentrec serve";
      },
      help: () => (this.asking.value = "help"),
      clear: () => {
        this.asking.value = "";
        this.query.value = "";
        this.hits.value = [];
        this.notice.value = "";
      },
      panel: nextTab,
      files: () => {
        if (this.tabs.some((tab) => tab.id === "files")) this.tab.value = "files";
        else this.notice.value = "an exported file holds no snapshots";
      },
      zoom: () => (this.zoom.value = !this.zoom.value),
      theme: () => (this.notice.value = `colours: ${cycleTheme()}`),
    };
    this.notice.value = "";
    actions[action]?.();
  }
}
