// The player: screen, timeline and panels.
import { useEffect, useMemo } from "preact/hooks";
import type { Facts, Source } from "../model";
import { nameOf } from "../format";
import { About } from "./about";
import { Prompt } from "./prompt";
import { TimelineBar, Controls } from "./timeline";
import { Conversation } from "./conversation";
import { Costs } from "./costs";
import { Help } from "./help";
import { actionOf } from "./keys";
import { MarkList } from "./marks";
import { Playback } from "./playback";
import { PlayerState } from "./state";
import type { PlayerOptions, Tab } from "./state";
import { Stage } from "./stage";

// The player's own panels, and additional ones.
function tabsOf(player: PlayerState): Tab[] {
  const tab = (id: string, title: string, render: Tab["render"]): Tab => ({ id, title, render });
  return [
    tab("story", "Conversation", (it) => (
      <Conversation playback={it.playback} entries={it.entries} loading={it.loading} />
    )),
    tab("moments", "Marks", (it) => <MarkList player={it} />),
    ...(player.options.tabs ?? []),
    tab("cost", "Cost", (it) => <Costs player={it} />),
    tab("about", "About", (it) => <About player={it} />),
  ];
}

interface Props {
  source: Source;
  facts: Facts;
  options: PlayerOptions;
}

export function Player({ source, facts, options }: Props) {
  const player = useMemo(() => {
    const made = new PlayerState(new Playback(source, facts), facts, options);
    made.tabs = tabsOf(made);
    return made;
  }, [source, facts]);
  const { playback } = player;

  useEffect(() => {
    void player.load();
    playback.start(options.start ?? null);
    if (options.query && options.start) {
      player.query.value = options.query;
      void playback.find(options.start, options.query);
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (options.start === undefined && !still) playback.play();
    let read = 0;
    const watching = playback.duration.subscribe(() => {
      if (!playback.growing.value) return;
      read ||= window.setTimeout(() => {
        read = 0;
        void player.more().catch((error: unknown) => player.report(error));
      }, 300);
    });
    const press = (event: KeyboardEvent) => {
      const found = actionOf(event);
      if (!found) return;
      event.preventDefault();
      player.act(...found);
    };
    if (options.keys !== false) document.addEventListener("keydown", press);
    return () => {
      watching();
      clearTimeout(read);
      document.removeEventListener("keydown", press);
      playback.close();
    };
  }, [player]);

  const { tabs } = player;
  const shown = tabs.find((tab) => tab.id === player.tab.value) ?? tabs[0]!;
  return (
    <div class="player">
      <section class="front" aria-label="Recording">
        <div class="frame">
          <div class="frame-head">
            <span class="title">{playback.title.value || nameOf(facts)}</span>
            <span class="dim">{playback.size.value || `${facts.cols}×${facts.rows}`}</span>
          </div>
          <Stage playback={playback} found={player.query} zoom={player.zoom} label={`Terminal: ${nameOf(facts)}`} />
        </div>
        <TimelineBar player={player} />
        <Controls playback={playback} act={(action) => player.act(action)} zoom={player.zoom} place={player.place} />
        <Prompt player={player} />
        <p class="notice" role="status">
          {playback.trouble.value || player.notice.value}
        </p>
      </section>
      <section class="side" aria-label="Panels">
        <div class="tabs" role="tablist">
          {tabs.map((tab) => (
            <button
              key={tab.id}
              role="tab"
              id={`tab-${tab.id}`}
              aria-selected={tab === shown}
              onClick={() => (player.tab.value = tab.id)}
            >
              {tab.title}
            </button>
          ))}
        </div>
        <div class="panel" role="tabpanel" aria-labelledby={`tab-${shown.id}`}>
          {shown.render(player)}
        </div>
      </section>
      {player.prompt.value === "branch" && options.branchDialog?.(player)}
      <Help player={player} />
    </div>
  );
}
