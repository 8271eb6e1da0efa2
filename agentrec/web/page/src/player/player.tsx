// The player: screen, timeline and panels.
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Facts, Source } from "../model";
import { nameOf, parseTime } from "../format";
import { About } from "./about";
import { Print } from "./print";
import { Prompt } from "./prompt";
import { Controls } from "./controls";
import { TimelineBar } from "./timeline";
import { Conversation } from "./conversation";
import { Costs } from "./costs";
import { Help } from "./help";
import { actionOf } from "./keys";
import { MarkList } from "./marks";
import { Notes } from "./notes";
import { Playback } from "./playback";
import { PlayerState } from "./state";
import type { PlayerOptions, Tab } from "./state";
import { Stage } from "./stage";
import { Steps } from "./steps";
import { Trace } from "./trace";
import { ViewDialog } from "./view";

// The player's own panels, and additional ones.
function tabsOf(player: PlayerState): Tab[] {
  const tab = (id: string, title: string, render: Tab["render"]): Tab => ({ id, title, render });
  return [
    tab("story", "Conversation", (it) => (
      <Conversation playback={it.playback} entries={it.entries} loading={it.loading} progress={it.progress} />
    )),
    tab("steps", "Steps", (it) => <Steps player={it} />),
    tab("trace", "Trace", (it) => <Trace player={it} />),
    tab("moments", "Marks", (it) => <MarkList player={it} />),
    tab("notes", "Notes", (it) => <Notes player={it} />),
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
    const start = options.start === undefined ? null : parseTime(options.start, facts.duration);
    player.notice.value = options.notice ?? "";
    if (options.start !== undefined && start === null) player.notice.value = `invalid time “${options.start}”`;
    if (options.speed) playback.setSpeed(options.speed);
    playback.loop = options.loop ?? false;
    const poster = options.poster === undefined ? null : parseTime(options.poster, facts.duration);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const plays = options.autoplay || (start === null && poster === null && !still);
    playback.start(poster ?? start, plays && poster === null);
    void player.load();
    if (poster !== null) playback.from = start ?? 0;
    if (options.query && start !== null) {
      player.query.value = options.query;
      void playback.find(start, options.query);
    }
    if (plays && !playback.clock.playing) playback.play();
    const press = (event: KeyboardEvent) => {
      const found = actionOf(event);
      if (!found) return;
      event.preventDefault();
      player.act(...found);
    };
    const following = player.follow();
    const addressing = followAddress(player);
    if (options.keys !== false) document.addEventListener("keydown", press);
    return () => {
      following();
      addressing();
      document.removeEventListener("keydown", press);
      playback.close();
    };
  }, [player]);

  const front = useRef<HTMLElement>(null);
  useEffect(() => fullScreen(player, front.current!), [player, player.full.value]);

  const name = nameOf(player.facts.value);
  useEffect(() => options.named?.(name), [options, name]);

  const steps = player.steps.value.length > 0;
  const noScreen = player.noScreen.value;
  const tabs = player.tabsNow.value;
  const shown = tabs.find((tab) => tab.id === player.tab.value) ?? tabs[0]!;
  return (
    <div class="player">
      <section class={player.full.value ? "front full" : "front"} aria-label="Recording" ref={front}>
        <div class="frame">
          <div class="frame-head">
            <span class="title">{playback.title.value || name}</span>
            <span class="dim">{noScreen ? "" : playback.size.value || `${facts.cols}×${facts.rows}`}</span>
          </div>
          {steps && noScreen ? (
            <div class="room steps-room">
              <Steps player={player} />
            </div>
          ) : noScreen && player.entries.value.length ? (
            <div class="room steps-room" aria-description="No screen was recorded">
              <Conversation playback={playback} entries={player.entries} loading={player.loading} progress={player.progress} />
            </div>
          ) : (
            <Stage playback={playback} found={player.query} zoom={player.zoom} empty={player.noScreen} label={`Terminal: ${name}`} />
          )}
        </div>
        <TimelineBar player={player} />
        <Controls player={player} />
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
      {player.prompt.value === "view" && <ViewDialog player={player} />}
      {player.printing.value && <Print player={player} />}
      {player.prompt.value === "branch" && options.branchDialog?.(player)}
      <Help player={player} />
    </div>
  );
}

// How often the address is updated at most: browsers limit it.
const ADDRESS_MS = 1000;

// Keep the position in the address, so that it can be copied and survives a reload.
function followAddress(player: PlayerState): () => void {
  if (!player.options.address) return () => {};
  let due = 0;
  const write = () => {
    due = 0;
    const [here, there] = [player.here, location.hash];
    const isOther = there.startsWith("#/") && there.split("?")[0] !== here.split("?")[0]; // on the way to another view
    if (here !== there && !isOther) history.replaceState(null, "", here);
  };
  const stop = effect(() => {
    void [player.playback.t.value, player.playback.speed.value, player.tab.value, player.query.value, player.playback.live.value];
    due ||= window.setTimeout(write, ADDRESS_MS);
  });
  return () => {
    stop();
    clearTimeout(due);
  };
}

// The whole screen if the browser can (a phone may not), in any case the whole window.
function fullScreen(player: PlayerState, front: HTMLElement): () => void {
  const left = () => {
    if (!document.fullscreenElement) player.full.value = false;
  };
  if (player.full.value && document.fullscreenEnabled) void front.requestFullscreen().catch(() => {});
  else if (!player.full.value && document.fullscreenElement === front) void document.exitFullscreen();
  document.addEventListener("fullscreenchange", left);
  return () => document.removeEventListener("fullscreenchange", left);
}
