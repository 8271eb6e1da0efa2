// Two recordings side by side: played together, and where they first differ.
import { computed, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Icon } from "../icons";
import { Answered, useAnswer } from "../load";
import type { Facts } from "../model";
import { Bar } from "../player/bar";
import { actionOf } from "../player/keys";
import { Playback } from "../player/playback";
import { Room } from "../player/room";
import { Stage } from "../player/stage";
import type { Entry } from "../player/story";
import { toRecording } from "../route";
import { ServerSource } from "../server";
import { clockText, dollars, duration, ended, nameOf, short } from "../words";

interface Both {
  left: Facts;
  right: Facts;
}

export function Compare({ left, right }: { left: string; right: string }) {
  const stop = useMemo(() => new AbortController(), []);
  useEffect(() => () => stop.abort(), [stop]);
  const sources = useMemo(() => [left, right].map((id) => new ServerSource(id, stop.signal)), [left, right]);
  const answer = useAnswer<Both>(async () => {
    const [a, b] = await Promise.all(sources.map((source) => source.facts()));
    return { left: a!, right: b! };
  }, [sources]);
  return <Answered state={answer}>{(both) => <Sides both={both} sources={sources} />}</Answered>;
}

function Sides({ both, sources }: { both: Both; sources: ServerSource[] }) {
  const rooms = useMemo(
    () =>
      [both.left, both.right].map((facts, n) => {
        const playback = new Playback(sources[n]!, facts);
        return new Room(playback, facts, {});
      }),
    [both],
  );
  const playing = useMemo(() => computed(() => rooms.some((room) => room.playback.playing.value)), [rooms]);
  const differs = useMemo(() => computed(() => firstDifference(rooms)), [rooms]);

  const act = (action: string, key = "") => {
    if (action === "toggle") {
      const on = playing.peek();
      for (const { playback } of rooms) {
        if (on) playback.pause();
        else playback.play();
      }
    } else for (const room of rooms) room.act(action, key);
  };
  useEffect(() => {
    for (const room of rooms) {
      void room.load();
      room.playback.start(room.facts.duration);
    }
    const press = (event: KeyboardEvent) => {
      const found = actionOf(event);
      if (!found || !SHARED.has(found[0])) return;
      event.preventDefault();
      act(...found);
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
      for (const room of rooms) room.playback.close();
    };
  }, [rooms]);

  const difference = differs.value;
  const goThere = () => {
    difference?.entries.forEach((entry, n) => entry && rooms[n]!.playback.seek(entry.t));
  };
  const speed = rooms[0]!.playback.speed.value;
  return (
    <div class="page wide-page">
      <div class="controls">
        <button class="play" onClick={() => act("toggle")}>
          <Icon name={playing.value ? "pause" : "play"} />
          <span class="hidden">{playing.value ? "Pause both" : "Play both"}</span>
        </button>
        <button onClick={() => act("start")}>Both to the start</button>
        <span class="group">
          <button onClick={() => act("slower")} aria-label="Slower">
            −
          </button>
          <span class="speed">{speed}×</span>
          <button onClick={() => act("faster")} aria-label="Faster">
            +
          </button>
        </span>
        {difference && (
          <button onClick={goThere} disabled={!difference.entries.some(Boolean)}>
            To where they first differ
          </button>
        )}
        <span class="place">{difference?.words}</span>
      </div>
      <div class="two">
        {rooms.map((room, n) => (
          <One key={n} room={room} differing={difference?.entries[n] ?? null} />
        ))}
      </div>
      <Figures rooms={rooms} />
    </div>
  );
}

const SHARED = new Set(
  ["toggle", "faster", "slower", "cutMore", "cutLess", "back", "on", "farBack", "farOn", "tenth", "start", "end"],
);

function One({ room, differing }: { room: Room; differing: Entry | null }) {
  const { playback, facts } = room;
  const quiet = useMemo(() => ({ query: signal(""), zoom: signal(false) }), []);
  return (
    <section class="one" aria-label={nameOf(facts)}>
      <h2>
        <a href={toRecording(facts.id)}>{nameOf(facts)}</a>
      </h2>
      <div class="frame">
        <Stage playback={playback} found={quiet.query} zoom={quiet.zoom} label={`Terminal: ${nameOf(facts)}`} />
      </div>
      <Bar
        playback={playback}
        points={room.points}
        activity={room.activity}
        errors={room.errors}
        hits={room.hits}
      />
      <p>
        <span class="time">
          <b>{clockText(playback.t.value)}</b> <span class="of">/ {clockText(playback.duration.value)}</span>
        </span>{" "}
        <span class="place">{room.place.value}</span>
      </p>
      {differing && (
        <p class="differing">
          <b>{differing.title}</b> {differing.text.slice(0, 400)}
        </p>
      )}
      <p class="notice">{playback.trouble.value || room.notice.value}</p>
    </section>
  );
}

interface Difference {
  entries: [Entry | null, Entry | null];
  words: string;
}

// The first step that is not the same in both: what was said, and which tools were called on what.
function firstDifference(rooms: Room[]): Difference | null {
  if (rooms.some((room) => room.loading.value)) return null;
  const [a, b] = rooms.map((room) => room.entries.value.filter(isStep));
  if (!a!.length && !b!.length) return null;
  const place = a!.findIndex((entry, n) => !b![n] || keyOf(entry) !== keyOf(b![n]!));
  const first = place < 0 ? a!.length : place;
  const entries: [Entry | null, Entry | null] = [a![first] ?? null, b![first] ?? null];
  if (!entries[0] && !entries[1]) return { entries, words: `the same ${a!.length} steps` };
  return { entries, words: `they differ from step ${first + 1} on` };
}

function isStep(entry: Entry): boolean {
  return entry.kind === "user" || entry.kind === "assistant" || entry.kind === "tool";
}

function keyOf(entry: Entry): string {
  const name = entry.kind === "tool" ? entry.title : ""; // agents have names of their own
  return `${entry.kind} ${name} ${entry.text} ${JSON.stringify(entry.input ?? null)}`;
}

function Figures({ rooms }: { rooms: Room[] }) {
  const rows: [string, (room: Room) => string][] = [
    ["Duration", ({ playback }) => duration(playback.duration.value)],
    ["Ended", ({ facts }) => ended(facts.exitCode, facts.exitSignal) || facts.state],
    ["Model calls", ({ calls }) => String(calls.value.length)],
    ["Tokens", ({ calls }) => short(calls.value.reduce((sum, call) => sum + call.tokens, 0))],
    ["Cost", ({ calls }) => cost(calls.value.map((call) => call.cost))],
    ["Tool calls", (room) => String(tools(room).length)],
    ["Failed", (room) => String(room.errors.value.length)],
    ["Tools", (room) => [...new Set(tools(room).map((entry) => entry.title))].join(", ")],
  ];
  return (
    <table class="figures-table">
      <thead>
        <tr>
          <th />
          {rooms.map((room, n) => (
            <th key={n}>{nameOf(room.facts)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {rooms.map((room, n) => (
              <td key={n}>{value(room)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const tools = (room: Room) => room.entries.value.filter((entry) => entry.kind === "tool");

function cost(costs: (number | null)[]): string {
  const priced = costs.filter((value) => value !== null);
  return priced.length ? dollars(priced.reduce((sum, value) => sum + value, 0), costs.length - priced.length) : "";
}
