// The player: screen, timeline, and what stands beside them.
import { computed, signal } from "@preact/signals";
import type { ReadonlySignal, Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Activity, Event, Facts, Found, Point, Source } from "../model";
import { cycleTheme } from "../theme";
import { clockText, nameOf, parseTime } from "../words";
import { About } from "./about";
import { Bar, Controls } from "./bar";
import { Conversation } from "./conversation";
import { Costs } from "./costs";
import { Help } from "./help";
import { actionOf } from "./keys";
import { Moments } from "./moments";
import { Playback } from "./playback";
import { Search } from "./search";
import { Stage } from "./stage";
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

// Everything the parts of one player share.
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
      const ids = this.tabs().map((tab) => tab.id);
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
        if (this.tabs().some((tab) => tab.id === "files")) this.tab.value = "files";
        else this.notice.value = "an exported file holds no snapshots";
      },
      zoom: () => (this.zoom.value = !this.zoom.value),
      theme: () => (this.notice.value = `colours: ${cycleTheme()}`),
    };
    this.notice.value = "";
    actions[action]?.();
  }

  tabs(): Tab[] {
    const own: Tab[] = [
      { id: "story", title: "Conversation", render: (room) => <Story_ room={room} /> },
      { id: "moments", title: "Moments", render: (room) => <Moments room={room} /> },
    ];
    const costs = { id: "cost", title: "Cost", render: (room: Room) => <Costs room={room} /> };
    const about = { id: "about", title: "About", render: (room: Room) => <About room={room} /> };
    return [...own, ...(this.hooks.tabs ?? []), costs, about];
  }
}

function Story_({ room }: { room: Room }) {
  return <Conversation playback={room.playback} entries={room.entries} loading={room.loading} />;
}

interface Props {
  source: Source;
  facts: Facts;
  hooks: Hooks;
}

export function Player({ source, facts, hooks }: Props) {
  const room = useMemo(() => new Room(new Playback(source, facts), facts, hooks), [source, facts]);
  const { playback } = room;

  useEffect(() => {
    void room.load();
    playback.start(hooks.start ?? null);
    if (hooks.query && hooks.start) {
      room.query.value = hooks.query;
      void playback.find(hooks.start, hooks.query);
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (hooks.start === undefined && !still) playback.play();
    let read = 0;
    const watching = playback.duration.subscribe(() => {
      if (!playback.growing.value) return;
      read ||= window.setTimeout(() => {
        read = 0;
        void room.more().catch((error: unknown) => room.complain(error));
      }, 300);
    });
    const press = (event: KeyboardEvent) => {
      const found = actionOf(event);
      if (!found) return;
      event.preventDefault();
      room.act(...found);
    };
    if (hooks.keys !== false) document.addEventListener("keydown", press);
    return () => {
      watching();
      clearTimeout(read);
      document.removeEventListener("keydown", press);
      playback.close();
    };
  }, [room]);

  const tabs = room.tabs();
  const shown = tabs.find((tab) => tab.id === room.tab.value) ?? tabs[0]!;
  return (
    <div class="player">
      <section class="front" aria-label="Recording">
        <div class="frame">
          <div class="frame-head">
            <span class="title">{playback.title.value || nameOf(facts)}</span>
            <span class="dim">
              {facts.cols}×{facts.rows}
            </span>
          </div>
          <Stage playback={playback} found={room.query} zoom={room.zoom} label={`Terminal: ${nameOf(facts)}`} />
        </div>
        <Bar
          playback={playback}
          points={room.points}
          activity={room.activity}
          errors={room.errors}
          hits={room.hits}
        />
        <Controls playback={playback} act={(action) => room.act(action)} zoom={room.zoom} place={room.place} />
        <Ask room={room} />
        <p class="notice" role="status">
          {playback.trouble.value || room.notice.value}
        </p>
      </section>
      <section class="side" aria-label="Beside the screen">
        <div class="tabs" role="tablist">
          {tabs.map((tab) => (
            <button
              key={tab.id}
              role="tab"
              id={`tab-${tab.id}`}
              aria-selected={tab === shown}
              onClick={() => (room.tab.value = tab.id)}
            >
              {tab.title}
            </button>
          ))}
        </div>
        <div class="panel" role="tabpanel" aria-labelledby={`tab-${shown.id}`}>
          {shown.render(room)}
        </div>
      </section>
      {room.asking.value === "intervene" && hooks.intervene?.(room)}
      <Help room={room} />
    </div>
  );
}

function Ask({ room }: { room: Room }) {
  const asking = room.asking.value;
  if (asking === "search") return <Search room={room} />;
  if (asking === "time") {
    return (
      <Line label="Go to" hint="90, 1:30, 1:02:03.5, 50%" room={room}>
        {(text) => {
          const t = parseTime(text, room.playback.clock.duration);
          if (t === null) room.notice.value = `“${text}” is no time`;
          else room.playback.seek(t);
        }}
      </Line>
    );
  }
  if (asking === "moment") {
    const t = room.playback.clock.t;
    return (
      <Line label={`Moment at ${clockText(t)}`} hint="a label" room={room}>
        {(text) => {
          const added = room.hooks.addMoment!(text, t).then(() => room.more());
          added.catch((error: unknown) => room.complain(error));
        }}
      </Line>
    );
  }
  return null;
}

interface LineProps {
  label: string;
  hint: string;
  room: Room;
  children: (text: string) => void;
}

function Line({ label, hint, room, children }: LineProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event_) => {
    event.preventDefault();
    room.asking.value = "";
    const text = input.current?.value.trim() ?? "";
    if (text) children(text);
  };
  return (
    <form class="ask" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && (room.asking.value = "")}>
      <label>
        {label} <input ref={input} placeholder={hint} maxLength={200} />
      </label>
    </form>
  );
}

type Event_ = globalThis.Event;
