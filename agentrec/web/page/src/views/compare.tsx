// Two recordings side by side: played together, with the first difference.
import { computed, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Icon } from "../icons";
import { Loaded, useRequest } from "../load";
import type { Facts } from "../model";
import { TimelineBar } from "../player/timeline";
import { actionOf } from "../player/keys";
import { Playback } from "../player/playback";
import { PlayerState } from "../player/state";
import { Stage } from "../player/stage";
import { toRecording } from "../route";
import { get, ServerSource } from "../server";
import { clockText, count, dollars, duration, ended, nameOf, short } from "../format";

interface Pair {
  facts: Facts[];
  starts: number[]; // when they part: where a branch begins, and what it branched from is then; in ms
  comparison: Comparison;
}

// What the server says, see GET /sessions/{id}/compare.
interface Comparison {
  left: Outcome;
  right: Outcome;
  files: { known: boolean; equal: number; only_left: string[]; only_right: string[]; differing: string[] };
  commands: { text: string; left: string | null; right: string | null }[];
  steps: { equal: number };
  divergence: { words: string; after: string; left: Step | null; right: Step | null } | null;
}

interface Outcome {
  models: string[];
  tests: { label: string }[];
  handoff: string; // the last message
}

interface Step {
  step: number;
  t: number; // seconds
  text: string;
}

export function Compare({ left, right }: { left: string; right: string }) {
  const stop = useMemo(() => new AbortController(), []);
  useEffect(() => () => stop.abort(), [stop]);
  const sources = useMemo(() => [left, right].map((id) => new ServerSource(id, stop.signal)), [left, right]);
  const answer = useRequest<Pair>(async (signal) => {
    const facts = await Promise.all(sources.map((source) => source.facts()));
    const path = `/sessions/${encodeURIComponent(left)}/branches`;
    const { edges } = await get<{ edges: Edge[] }>(path, {}, signal);
    const starts = [parting(edges, left, right), parting(edges, right, left)];
    const since = { since: starts[0]! / 1000, withSince: starts[1]! / 1000 };
    const comparing = `/sessions/${encodeURIComponent(left)}/compare`;
    const comparison = await get<Comparison>(comparing, { with: right, ...since }, signal);
    return { facts, starts, comparison };
  }, [sources]);
  return <Loaded state={answer}>{(both) => <Sides both={both} sources={sources} />}</Loaded>;
}

interface Edge {
  parent: string;
  child: string;
  at?: number | null; // seconds
}

// When `child` branched from `parent`; 0 if it did not.
function parting(edges: Edge[], parent: string, child: string): number {
  return (edges.find((edge) => edge.parent === parent && edge.child === child)?.at ?? 0) * 1000;
}

function Sides({ both, sources }: { both: Pair; sources: ServerSource[] }) {
  const players = useMemo(
    () =>
      both.facts.map((facts, n) => {
        const playback = new Playback(sources[n]!, facts);
        return new PlayerState(playback, facts, {});
      }),
    [both],
  );
  const playing = useMemo(() => computed(() => players.some((player) => player.playback.playing.value)), [players]);

  const act = (action: string, key = "") => {
    if (action === "toggle") {
      const on = playing.peek();
      for (const { playback } of players) {
        if (on) playback.pause();
        else playback.play();
      }
    } else if (action === "start") players.forEach(({ playback }, n) => playback.seek(both.starts[n]!));
    else for (const player of players) player.act(action, key);
  };
  useEffect(() => {
    players.forEach((player, n) => {
      player.playback.start(both.starts[n]!);
      void player.load();
    });
    const press = (event: KeyboardEvent) => {
      const found = actionOf(event);
      if (!found || !SHARED.has(found[0])) return;
      event.preventDefault();
      act(...found);
    };
    const following = players.map((player) => player.follow());
    document.addEventListener("keydown", press);
    return () => {
      for (const stop of following) stop();
      document.removeEventListener("keydown", press);
      for (const player of players) player.playback.close();
    };
  }, [players]);

  const { divergence, steps } = both.comparison;
  const sides = [divergence?.left ?? null, divergence?.right ?? null];
  const goThere = () => sides.forEach((step, n) => step && players[n]!.playback.seek(step.t * 1000));
  const speed = players[0]!.playback.speed.value;
  return (
    <div class="page wide-page">
      <div class="controls">
        <button class="play" onClick={() => act("toggle")}>
          <Icon name={playing.value ? "pause" : "play"} />
          <span class="hidden">{playing.value ? "Pause both" : "Play both"}</span>
        </button>
        <button onClick={() => act("start")}>{both.starts.some(Boolean) ? "Go to where they part" : "Go to the start"}</button>
        <span class="group">
          <button onClick={() => act("slower")} aria-label="Slower">
            −
          </button>
          <span class="speed">{speed}×</span>
          <button onClick={() => act("faster")} aria-label="Faster">
            +
          </button>
        </span>
        {divergence && (
          <button onClick={goThere} disabled={!sides.some(Boolean)}>
            Go to the first difference
          </button>
        )}
      </div>
      <p class="difference">
        {divergence ? `First difference: ${divergence.words}` : `All equal: ${count(steps.equal, "step")}`}
      </p>
      <div class="two">
        {players.map((player, n) => (
          <One key={n} letter={"AB"[n]!} player={player} differing={sides[n] ?? null} />
        ))}
      </div>
      <Differences comparison={both.comparison} />
      <Figures players={players} outcomes={[both.comparison.left, both.comparison.right]} />
    </div>
  );
}

const SHARED = new Set(
  ["toggle", "faster", "slower", "shortenPauses", "lengthenPauses", "back", "on", "farBack", "farOn", "tenth", "start", "end"],
);

function One({ letter, player, differing }: { letter: string; player: PlayerState; differing: Step | null }) {
  const { playback } = player;
  const facts = player.facts.value;
  const quiet = useMemo(() => ({ query: signal(""), zoom: signal(false) }), []);
  return (
    <section class="one" aria-label={nameOf(facts)}>
      <h2>
        {letter} <a href={toRecording(facts.id)}>{nameOf(facts)}</a>
      </h2>
      <div class="frame">
        <Stage playback={playback} found={quiet.query} zoom={quiet.zoom} label={`Terminal: ${nameOf(facts)}`} />
      </div>
      <TimelineBar player={player} />
      <p>
        <span class="time">
          <b>{clockText(playback.t.value)}</b> <span class="of">/ {clockText(playback.duration.value)}</span>
        </span>{" "}
        <span class="place">{player.place.value}</span>
      </p>
      {differing && (
        <p class="differing">
          <b>Step {differing.step}</b> {differing.text}
        </p>
      )}
      <p class="notice">{playback.trouble.value || player.notice.value}</p>
    </section>
  );
}

// The final files, and the commands whose last run ended differently.
function Differences({ comparison }: { comparison: Comparison }) {
  const { files, commands } = comparison;
  const paths: [string, string[]][] = [
    ["different", files.differing],
    ["only in A", files.only_left],
    ["only in B", files.only_right],
  ];
  return (
    <div class="outcome">
      <p>{files.known ? `Files: ${count(files.equal, "file")} equal` : "Files: not known, a side has no snapshot here"}</p>
      <ul>
        {paths.flatMap(([what, list]) =>
          list.slice(0, MAX_PATHS).map((path) => (
            <li key={what + path}>
              {what}: <code>{path}</code>
            </li>
          )),
        )}
        {commands.map(({ text, left, right }) => (
          <li key={text}>
            <code>{text}</code>: A {left ?? "not run"}, B {right ?? "not run"}
          </li>
        ))}
      </ul>
    </div>
  );
}

const MAX_PATHS = 50;
const MAX_WORDS = 200; // characters

function endOf(facts: Facts): string {
  return facts.live ? "running" : ended(facts.exitCode, facts.exitSignal, facts.failed) || facts.state;
}

function Figures({ players, outcomes }: { players: PlayerState[]; outcomes: Outcome[] }) {
  const rows: [string, (player: PlayerState, outcome: Outcome) => string][] = [
    ["Duration", ({ playback }) => duration(playback.duration.value)],
    ["Ended", ({ facts }) => endOf(facts.value)],
    ["Tests", (_, { tests }) => tests.map((test) => test.label).join(", ")],
    ["Model", (_, { models }) => models.join(", ")],
    ["Model calls", ({ calls }) => String(calls.value.length)],
    ["Tokens", ({ calls }) => short(calls.value.reduce((sum, call) => sum + call.tokens, 0))],
    ["Cost", ({ calls }) => cost(calls.value.map((call) => call.cost))],
    ["Tool calls", (player) => String(tools(player).length)],
    ["Failed", (player) => String(player.errors.value.length)],
    ["Tools", (player) => [...new Set(tools(player).map((entry) => entry.title))].join(", ")],
    ["Last message", (_, { handoff }) => handoff.length > MAX_WORDS ? `${handoff.slice(0, MAX_WORDS)}…` : handoff],
  ];
  return (
    <table class="figures-table">
      <thead>
        <tr>
          <th scope="col">Figure</th>
          {players.map((player, n) => (
            <th key={n} scope="col">
              {"AB"[n]} {nameOf(player.facts.value)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {players.map((player, n) => (
              <td key={n}>{value(player, outcomes[n]!)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const tools = (player: PlayerState) => player.entries.value.filter((entry) => entry.kind === "tool");

function cost(costs: (number | null)[]): string {
  const priced = costs.filter((value) => value !== null);
  return priced.length ? dollars(priced.reduce((sum, value) => sum + value, 0), costs.length - priced.length) : "";
}
