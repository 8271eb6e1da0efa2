// The state that the parts of a player share: loaded data, selections, and all actions.
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Activity, Event, Facts, SearchMatch, Point } from "../model";
import { clockText, timeText } from "../format";
import { cycleTheme } from "../theme";
import type { Playback } from "./playback";
import { selectedRows } from "./copy";
import { endingAt, isSet, NO_CUT, startingAt, stretchOf } from "./cut";
import type { CutPoints } from "./cut";
import { EntryList, lastAt } from "./entries";
import type { Entry } from "./entries";
import { textOf } from "./frames";
import { SpanList } from "./spans";

// How often the facts and the activity of a recording in progress are updated.
const ACTIVITY_INTERVAL_MS = 10_000;
// How long what comes to one is collected before it is read.
const COLLECT_MS = 300;

// Steps that begin within this time are at the same position.
const SAME_MS = 1;

export interface Tab {
  id: string;
  title: string;
  render: (player: PlayerState) => ComponentChildren;
}

export interface PlayerOptions {
  playOnly?: boolean; // it is on a server, but nothing can be added to it
  tabs?: Tab[]; // in addition to the player's own
  kin?: () => Promise<Kin>; // where its steps were gone on from, and where it goes on from
  addMark?: (label: string, t: number) => Promise<void>;
  addNote?: (text: string, t: number, answers?: string) => Promise<void>;
  takeSnapshot?: (label: string) => Promise<void>;
  // Makes a new recording of `since` to `until` (ms).
  cut?: (since: number, until: number) => Promise<CutMade>;
  named?: (name: string) => void; // called with its name, which a recording in progress may still get
  picture?: (t: number) => Promise<Blob>; // the screen at this time (ms)
  address?: (view: View) => string; // the fragment of the URL of a view
  branchDialog?: (player: PlayerState) => ComponentChildren;
  about?: (player: PlayerState) => ComponentChildren;
  notice?: string; // said at the start
  start?: string; // a time
  poster?: string; // the time of the picture that is shown until it plays
  speed?: number;
  loop?: boolean;
  autoplay?: boolean; // also with a start
  query?: string; // the query of the hit at `start`
  tab?: string;
  keys?: boolean; // handle keys on the whole page (default: true)
}

// A recording that was cut out of this one; `duration` in ms.
export interface CutMade {
  address: string;
  duration: number;
  notes: string[];
}

// A run that goes on from before a step of this one. Without an address it is not in the library.
export interface Fork {
  step: number;
  how: string; // fork, replay, mock
  title: string;
  created: string;
  address: string;
  failed: boolean;
}

// Of runs of the Python library: what this one goes on from, and what goes on from it.
export interface Kin {
  from: Fork | null;
  forks: Fork[];
}

// What an address says of the player.
export interface View {
  t: string;
  tab: string;
  q: string;
  speed: string; // empty if it plays at the usual one
}

const speedText = (speed: number) => (speed === 1 ? "" : String(speed));

export class PlayerState {
  readonly facts: Signal<Facts>;
  readonly points = signal<Point[]>([]);
  readonly activity = signal<Activity | null>(null);
  // Nothing was ever shown: an import, or a run of the Python library.
  readonly noScreen = computed(() => {
    const activity = this.activity.value;
    const waits = !this.isWhole.value && !this.steps.value.length; // for a screen
    return activity !== null && !waits && !activity.output.some((count) => count > 0);
  });
  // Of a program, by time.
  readonly steps: ReadonlySignal<Entry[]> = computed(() => this.entries.value.filter((it) => it.step));
  // The step at the position, or the one that was chosen of several at that time.
  readonly step: ReadonlySignal<Entry | null> = computed(() => {
    const t = this.playback.t.value;
    const chosen = this.chosen.value;
    if (chosen && Math.abs(chosen.t - t) <= SAME_MS) return chosen;
    return this.steps.value[Math.max(0, lastAt(this.steps.value, t + SAME_MS / 2))] ?? null;
  });
  private readonly chosen = signal<Entry | null>(null);
  readonly kin = signal<Kin | null>(null);
  readonly entries = signal<EntryList["entries"]>([]);
  readonly calls = signal<EntryList["calls"]>([]);
  readonly notes = signal<EntryList["notes"]>([]);
  readonly spans = signal<SpanList["spans"]>([]);
  readonly loading = signal(true);
  readonly progress = signal(0); // of loading, as a share
  readonly hits = signal<SearchMatch[]>([]);
  readonly query = signal("");
  readonly tab: Signal<string>;
  readonly zoom = signal(false);
  readonly turnOnly = signal(false); // in the trace
  readonly prompt = signal<"" | "time" | "search" | "mark" | "note" | "snapshot" | "branch" | "cut" | "view" | "help">("");
  readonly cut = signal<CutPoints>(NO_CUT);
  readonly isCutting = signal(false);
  readonly madeCut = signal<CutMade | null>(null);
  readonly full = signal(false);
  readonly printing = signal(false);
  readonly notice = signal("");
  readonly errors: ReadonlySignal<number[]>;
  readonly place: ReadonlySignal<string>;
  readonly entryList = new EntryList();
  private readonly spanList = new SpanList();
  tabs: Tab[] = [];
  // What the front shows has no panel.
  readonly tabsNow = computed(() => {
    const steps = this.steps.value.length > 0;
    const said = this.noScreen.value && !steps && this.entries.value.length > 0;
    const hidden = said ? ["steps", "story"] : !steps || this.noScreen.value ? ["steps"] : [];
    return this.tabs.filter((tab) => !hidden.includes(tab.id));
  });
  private activityLoadedAt = 0;
  // Whether the activity is that of the whole recording: nothing more comes.
  private readonly isWhole = signal(false);

  constructor(
    readonly playback: Playback,
    facts: Facts,
    readonly options: PlayerOptions,
  ) {
    this.facts = signal(facts);
    this.tab = signal(options.tab || "story");
    this.errors = computed(() =>
      this.entries.value.filter((it) => it.failed).map((it) => it.ended ?? it.t),
    );
    this.place = computed(() => this.placeIn(this.points.value, playback.t.value));
  }

  async load(): Promise<void> {
    const { source } = this.playback;
    await this.playback.first;
    const failed = (error: unknown) => this.report(error);
    void source.points().then((points) => this.setPoints(points), failed);
    await this.read();
    this.setPoints(this.points.value);
    this.loading.value = false;
    void this.loadActivity(); // for which everything has to be read
    if (this.steps.value.length) this.options.kin?.().then((kin) => (this.kin.value = kin), failed);
  }

  // Go to a step and stay there.
  choose(entry: Entry): void {
    if (this.playback.clock.playing) this.playback.toggle();
    this.chosen.value = entry;
    this.playback.seek(entry.t);
  }

  // Whether the steps are what is shown.
  get showsSteps(): boolean {
    return this.steps.value.length > 0 && (this.noScreen.value || this.tab.value === "steps");
  }

  private walk(by: 1 | -1): void {
    const steps = this.steps.value;
    const here = this.step.value ? steps.indexOf(this.step.value) : -1;
    this.choose(steps[Math.min(steps.length - 1, Math.max(0, here + by))]!);
  }

  // The status of a mark is in its event.
  private setPoints(points: Point[]): void {
    const { statuses } = this.entryList;
    this.points.value = points.map((it) => ({ ...it, status: it.status || (statuses.get(it.id) ?? "") }));
  }

  // Activity over time, for which the server has to read everything.
  private async loadActivity(): Promise<void> {
    this.activityLoadedAt = performance.now();
    const isWhole = !this.playback.growing.value;
    try {
      this.activity.value = await this.playback.source.activity();
      this.isWhole.value = isWhole;
      this.playback.setIdle(this.activity.value.idle);
    } catch (error) {
      this.report(error);
    }
  }

  // Its name, and at the end how it ended.
  private async loadFacts(): Promise<void> {
    try {
      this.facts.value = await this.playback.source.facts();
    } catch (error) {
      this.report(error);
    }
  }

  // Load what comes to a recording in progress, until what is returned is called.
  follow(): () => void {
    const { duration, growing } = this.playback;
    let timer = 0;
    const readMore = () => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        void this.more().catch((error: unknown) => this.report(error));
      }, COLLECT_MS);
    };
    const watching = duration.subscribe(() => {
      if (growing.value) readMore();
    });
    let grew = false;
    const ending = growing.subscribe((grows) => {
      if (grew && !grows) readMore(); // once more, now that it has ended
      grew = grows;
    });
    return () => {
      watching();
      ending();
      clearTimeout(timer);
    };
  }

  // Load what is new in a recording in progress.
  private async more(): Promise<void> {
    const { source } = this.playback;
    const ended = !this.playback.growing.value && !this.isWhole.value;
    if (ended || performance.now() - this.activityLoadedAt > ACTIVITY_INTERVAL_MS) {
      void this.loadFacts();
      void this.loadActivity();
    }
    const points = await source.points();
    await this.read();
    this.setPoints(points);
  }

  private async read(): Promise<void> {
    const { source, signal: stop } = this.playback;
    const add = (events: Event[]) => {
      this.progress.value = Math.min(1, (events.at(-1)?.t ?? 0) / (this.playback.clock.duration || 1));
      this.entryList.feed(events);
      this.spanList.feed(events);
      this.spans.value = [...this.spanList.spans];
      this.entries.value = [...this.entryList.entries].sort((a, b) => a.t - b.t || a.seq - b.seq);
      this.calls.value = [...this.entryList.calls];
      this.notes.value = [...this.entryList.notes];
    };
    try {
      await source.events(add, this.entryList.next, stop);
    } catch (error) {
      this.report(error);
    }
  }

  // What was added is shown when it is in the recording.
  add(added: Promise<void>): void {
    added.then(() => this.more()).catch((error: unknown) => this.report(error));
  }

  // Say why something is not possible.
  private cannot(inExportedFiles: string): void {
    this.notice.value = this.options.playOnly ? "this recording can only be played here" : inExportedFiles;
  }

  private setCut(points: CutPoints): void {
    if (!this.options.cut) {
      this.cannot("cannot cut an exported file; use agentrec cut or agentrec serve");
      return;
    }
    this.cut.value = points;
    this.madeCut.value = null;
    this.prompt.value = "cut";
  }

  clearCut(): void {
    this.cut.value = NO_CUT;
    this.madeCut.value = null;
    if (this.prompt.value === "cut") this.prompt.value = "";
  }

  // Cut the stretch out; without one, ask for it.
  private async cutOut(): Promise<void> {
    const points = this.cut.value;
    if (!this.options.cut || !isSet(points)) {
      this.setCut(points);
      return;
    }
    const [since, until] = stretchOf(points, this.playback.clock.duration);
    this.prompt.value = "cut";
    if (until <= since) this.notice.value = "the stretch has no length";
    if (until <= since || this.isCutting.value) return;
    this.isCutting.value = true;
    this.madeCut.value = null;
    try {
      this.madeCut.value = await this.options.cut(since, until);
    } catch (error) {
      this.report(error);
    }
    this.isCutting.value = false;
  }

  // The address of what is shown now.
  get here(): string {
    const { clock } = this.playback;
    const view = { t: clock.live ? "" : timeText(clock.t), tab: this.tab.value, q: this.query.value, speed: speedText(clock.speed) };
    return this.options.address?.({ ...view, tab: view.tab === "story" ? "" : view.tab }) ?? location.hash;
  }

  private async savePicture(): Promise<void> {
    const t = this.playback.clock.t;
    if (!this.options.picture) {
      this.cannot("exported files save no pictures; use agentrec shot or agentrec serve");
      return;
    }
    try {
      const address = URL.createObjectURL(await this.options.picture(t));
      const link = document.createElement("a");
      link.href = address;
      link.download = `screen-${clockText(t, true).replaceAll(":", ".")}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      this.notice.value = `saved ${link.download}`;
    } catch (error) {
      this.report(error);
    }
  }

  private async copy(text: string, what: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.notice.value = `${what} copied`;
    } catch {
      this.notice.value = `cannot copy: ${text.slice(0, 300)}`; // to be copied by hand
    }
  }

  report(error: unknown): void {
    if (!this.playback.signal.aborted) {
      this.notice.value = error instanceof Error ? error.message : String(error);
    }
  }

  private placeIn(points: Point[], t: number): string {
    if (this.playback.live.value) return "live";
    const last = points.findLast((it) => it.t <= t + 0.5 && it.kind !== "branch");
    if (!last) return points.length ? "before the first mark" : "";
    const word = Math.abs(last.t - t) < 1 ? "at" : "after";
    return `${word} “${last.label || last.id}”`;
  }

  // Go to the point of this kind that is next, or before.
  jump(by: 1 | -1, kind: Point["kind"]): void {
    const t = this.playback.clock.t;
    const fit = this.points.value.filter((it) => it.kind === kind);
    const goal = by > 0 ? fit.find((it) => it.t > t + 1) : fit.findLast((it) => it.t < t - 1);
    const name = kind === "moment" ? "mark" : kind;
    if (goal) this.playback.seek(goal.t);
    else this.notice.value = by > 0 ? `no ${name} after this time` : `no ${name} before this time`;
  }

  jumpHit(by: 1 | -1): void {
    const t = this.playback.clock.t;
    const hits = this.hits.value;
    const goal = by > 0 ? hits.find((it) => it.t > t + 1) : hits.findLast((it) => it.t < t - 1);
    const wrapped = goal ?? (by > 0 ? hits[0] : hits.at(-1));
    if (wrapped) void this.playback.find(wrapped.t, this.query.value);
  }

  act(action: string, key = ""): void {
    const { playback } = this;
    const clock = playback.clock;
    const nextTab = () => {
      const ids = this.tabsNow.value.map((tab) => tab.id);
      this.tab.value = ids[(ids.indexOf(this.tab.value) + 1) % ids.length]!;
    };
    const actions: Record<string, () => void> = {
      toggle: () => playback.toggle(),
      stepOn: () => void playback.step(1),
      stepBack: () => void playback.step(-1),
      faster: () => playback.change("faster"),
      slower: () => playback.change("slower"),
      shortenPauses: () => playback.change("shortenPauses"),
      lengthenPauses: () => playback.change("lengthenPauses"),
      fullPauses: () => playback.change("fullPauses"),
      back: () => (this.showsSteps ? this.walk(-1) : playback.skip(-5000)),
      on: () => (this.showsSteps ? this.walk(1) : playback.skip(5000)),
      farBack: () => playback.skip(-clock.duration / 10),
      farOn: () => playback.skip(clock.duration / 10),
      tenth: () => playback.share(Number(key) / 10),
      start: () => playback.seek(0),
      end: () => playback.toEnd(),
      nextMark: () => this.jump(1, "moment"),
      previousMark: () => this.jump(-1, "moment"),
      nextSnapshot: () => this.jump(1, "snapshot"),
      previousSnapshot: () => this.jump(-1, "snapshot"),
      nextHit: () => this.jumpHit(1),
      previousHit: () => this.jumpHit(-1),
      goToTime: () => (this.prompt.value = "time"),
      search: () => (this.prompt.value = "search"),
      addMark: () => {
        if (this.options.addMark) this.prompt.value = "mark";
        else this.cannot("cannot add marks to an exported file; use agentrec replay or agentrec serve");
      },
      addNote: () => {
        if (this.options.addNote) this.prompt.value = "note";
        else this.cannot("cannot add notes to an exported file; use agentrec serve");
      },
      takeSnapshot: () => {
        if (this.options.takeSnapshot && playback.growing.value) this.prompt.value = "snapshot";
        else this.notice.value = "snapshots can be taken only while recording";
      },
      copyLink: () => void this.copy(new URL(this.here, location.href).href, "link"),
      copy: () => {
        const selected = selectedRows();
        const screen = playback.buffer.grid.rows.map(textOf).join("\n").trimEnd();
        void this.copy(selected ?? screen, selected ? "selection" : "screen");
      },
      savePicture: () => void this.savePicture(),
      fullScreen: () => (this.full.value = !this.full.value),
      print: () => (this.printing.value = true),
      view: () => (this.prompt.value = "view"),
      branch: () => {
        if (this.options.branchDialog) this.prompt.value = "branch";
        else this.cannot("cannot branch from an exported file; use agentrec branch or agentrec serve");
      },
      cutStart: () => this.setCut(startingAt(clock.t, this.cut.value)),
      cutEnd: () => this.setCut(endingAt(clock.t, this.cut.value)),
      cut: () => void this.cutOut(),
      help: () => (this.prompt.value = "help"),
      clear: () => {
        this.clearCut();
        this.prompt.value = "";
        this.query.value = "";
        this.hits.value = [];
        this.notice.value = "";
      },
      panel: nextTab,
      trace: () => {
        if (this.tab.value === "trace") this.turnOnly.value = !this.turnOnly.value;
        this.tab.value = "trace";
      },
      files: () => {
        if (this.tabs.some((tab) => tab.id === "files")) this.tab.value = "files";
        else this.cannot("exported files have no snapshots");
      },
      zoom: () => (this.zoom.value = !this.zoom.value),
      theme: () => (this.notice.value = `color theme: ${cycleTheme()}`),
    };
    this.notice.value = "";
    actions[action]?.();
  }
}
