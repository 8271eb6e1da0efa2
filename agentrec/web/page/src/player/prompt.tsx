// Prompts for a time, a label or a search.
import { useEffect, useRef } from "preact/hooks";
import { clockText, parseTime } from "../format";
import type { PlayerState } from "./state";
import { Search } from "./search";

export function Prompt({ player }: { player: PlayerState }) {
  const prompt = player.prompt.value;
  if (prompt === "search") return <Search player={player} />;
  if (prompt === "time") {
    return (
      <Line label="Go to" hint="90, 1:30, 1:02:03.5, 50%" player={player}>
        {(text) => {
          const t = parseTime(text, player.playback.clock.duration);
          if (t === null) player.notice.value = `invalid time “${text}”: use 90, 1:30, 1:02:03.5 or 50%`;
          else player.playback.seek(t);
        }}
      </Line>
    );
  }
  if (prompt === "mark") {
    const t = player.playback.clock.t;
    return (
      <Line label={`Mark at ${clockText(t)}`} hint="label" player={player}>
        {(text) => {
          const added = player.options.addMark!(text, t).then(() => player.more());
          added.catch((error: unknown) => player.report(error));
        }}
      </Line>
    );
  }
  return null;
}

interface LineProps {
  label: string;
  hint: string;
  player: PlayerState;
  children: (text: string) => void;
}

function Line({ label, hint, player, children }: LineProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const submit = (event: Event) => {
    event.preventDefault();
    player.prompt.value = "";
    const text = input.current?.value.trim() ?? "";
    if (text) children(text);
  };
  return (
    <form class="ask" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && (player.prompt.value = "")}>
      <label>
        {label} <input ref={input} placeholder={hint} maxLength={200} />
      </label>
    </form>
  );
}
