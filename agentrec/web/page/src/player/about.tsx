// What is known of the recording.
import { clockText, duration, ended, when } from "../words";
import type { Room } from "./room";

export function About({ room }: { room: Room }) {
  const { facts, playback } = room;
  const calls = room.entries.value.filter((entry) => entry.kind === "tool");
  const rows: [string, string][] = [
    ["Command", facts.command.join(" ")],
    ["Agent", facts.agent],
    ["Directory", facts.cwd],
    ["Recorded", when(facts.created)],
    ["Duration", `${duration(playback.duration.value)} (${clockText(playback.duration.value)})`],
    ["Terminal", `${facts.cols}×${facts.rows}`],
    ["State", facts.live && playback.growing.value ? "running" : facts.state],
    ["Ended", ended(facts.exitCode, facts.exitSignal)],
    ["Tool calls", calls.length ? `${calls.length}, ${calls.filter((it) => it.failed).length} failed` : ""],
    ["Recording", facts.id],
  ];
  return (
    <div class="about">
      <dl>
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {room.hooks.about}
      <button onClick={() => room.act("help")}>Keys (?)</button>
    </div>
  );
}
