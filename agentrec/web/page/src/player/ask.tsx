// Lines in which one is asked for a time, a label, or what to look for.
import { useEffect, useRef } from "preact/hooks";
import { clockText, parseTime } from "../words";
import type { Room } from "./room";
import { Search } from "./search";

export function Ask({ room }: { room: Room }) {
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
  const submit = (event: Event) => {
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
