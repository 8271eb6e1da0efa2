// The About panel: facts about the recording.
import { clockText, duration, ended, when } from "../format";
import type { PlayerState } from "./state";

export function About({ player }: { player: PlayerState }) {
  const { playback } = player;
  const facts = player.facts.value;
  const calls = player.entries.value.filter((entry) => entry.kind === "tool");
  const rows: [string, string][] = [
    ["Command", facts.command.join(" ")],
    ["Agent", facts.agent],
    ["Directory", facts.cwd],
    ["Recorded", when(facts.created)],
    ["Duration", `${duration(playback.duration.value)} (${clockText(playback.duration.value)})`],
    ["Terminal", `${facts.cols}×${facts.rows}`],
    ["State", facts.live ? "running" : facts.state],
    ["Ended", ended(facts.exitCode, facts.exitSignal, facts.failed)],
    ["Signed by", facts.signedBy ?? ""],
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
      {player.options.about?.(player)}
      <button onClick={() => player.act("help")}>Keys (?)</button>
    </div>
  );
}
