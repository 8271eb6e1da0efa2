// The player: screen, timeline, and what stands beside them.
import { useEffect, useMemo } from "preact/hooks";
import type { Facts, Source } from "../model";
import { nameOf } from "../words";
import { About } from "./about";
import { Ask } from "./ask";
import { Bar, Controls } from "./bar";
import { Conversation } from "./conversation";
import { Costs } from "./costs";
import { Help } from "./help";
import { actionOf } from "./keys";
import { Moments } from "./moments";
import { Playback } from "./playback";
import { Room } from "./room";
import type { Hooks, Tab } from "./room";
import { Stage } from "./stage";

// The player's own, and those that whoever shows it adds.
function tabsOf(room: Room): Tab[] {
  const tab = (id: string, title: string, render: Tab["render"]): Tab => ({ id, title, render });
  return [
    tab("story", "Conversation", (it) => (
      <Conversation playback={it.playback} entries={it.entries} loading={it.loading} />
    )),
    tab("moments", "Moments", (it) => <Moments room={it} />),
    ...(room.hooks.tabs ?? []),
    tab("cost", "Cost", (it) => <Costs room={it} />),
    tab("about", "About", (it) => <About room={it} />),
  ];
}

interface Props {
  source: Source;
  facts: Facts;
  hooks: Hooks;
}

export function Player({ source, facts, hooks }: Props) {
  const room = useMemo(() => {
    const made = new Room(new Playback(source, facts), facts, hooks);
    made.tabs = tabsOf(made);
    return made;
  }, [source, facts]);
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

  const { tabs } = room;
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
