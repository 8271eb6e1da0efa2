// Prompts for a time, a label or a search.
import { useEffect, useRef } from "preact/hooks";
import { clockText, parseTime } from "../format";
import { Cutting } from "./cutting";
import type { PlayerState } from "./state";
import { Search } from "./search";

export function Prompt({ player }: { player: PlayerState }) {
  const prompt = player.prompt.value;
  if (prompt === "search") return <Search player={player} />;
  if (prompt === "cut") return <Cutting player={player} />;
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
          player.add(player.options.addMark!(text, t));
        }}
      </Line>
    );
  }
  if (prompt === "note" || prompt === "snapshot") return <Added what={prompt} player={player} />;
  return null;
}

function Added({ what, player }: { what: "note" | "snapshot"; player: PlayerState }) {
  const t = player.playback.clock.t;
  const { addNote, takeSnapshot } = player.options;
  return (
    <Line label={what === "note" ? `Note at ${clockText(t)}` : "Snapshot"} hint={what === "note" ? "text" : "label"} player={player}>
      {(text) => player.add(what === "note" ? addNote!(text, t) : takeSnapshot!(text))}
    </Line>
  );
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
        {label} <input ref={input} placeholder={hint} maxLength={label.startsWith("Note") ? 8000 : 200} />
      </label>
      <button class="play">{label.startsWith("Go") ? "Go" : "Add"}</button>
      <button type="button" onClick={() => (player.prompt.value = "")}>
        Cancel
      </button>
    </form>
  );
}
