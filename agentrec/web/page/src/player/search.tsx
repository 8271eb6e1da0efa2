// Search in one recording.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clockText } from "../words";
import type { Room } from "./room";

const PAUSE = 250; // ms without typing after which it searches

export function Search({ room }: { room: Room }) {
  const input = useRef<HTMLInputElement>(null);
  const state = useSignal("");
  const wanted = useSignal(room.query.value);

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const query = wanted.value.trim();
    if (!query) {
      room.query.value = "";
      room.hits.value = [];
      state.value = "";
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      state.value = "searching …";
      room.playback.source.search(query, stop.signal).then(
        (hits) => {
          room.query.value = query;
          room.hits.value = hits;
          state.value = hits.length ? "" : "not found";
        },
        (error: unknown) => {
          if (!stop.signal.aborted) state.value = error instanceof Error ? error.message : String(error);
        },
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [wanted.value]);

  const submit = (event: Event) => {
    event.preventDefault();
    room.jumpHit(1);
  };
  const hits = room.hits.value;
  return (
    <div class="search-here">
      <form class="ask" role="search" onSubmit={submit}>
        <label>
          <span class="hidden">Search this recording</span>
          <input
            ref={input}
            type="search"
            placeholder="search this recording"
            value={wanted.value}
            maxLength={200}
            onInput={(event) => (wanted.value = event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && room.act("clear")}
          />
        </label>
        <span class="dim" role="status">
          {state.value || (hits.length ? `${hits.length} found` : "")}
        </span>
        <button type="button" onClick={() => room.jumpHit(-1)} disabled={!hits.length}>
          before
        </button>
        <button disabled={!hits.length}>next</button>
        <button type="button" onClick={() => room.act("clear")}>
          done
        </button>
      </form>
      {hits.length > 0 && (
        <ol class="hits">
          {hits.slice(0, 100).map((hit, n) => (
            <li key={n}>
              <button onClick={() => void room.playback.find(hit.t, room.query.value)}>
                <span class="at">{clockText(hit.t)}</span> <span class="kind">{hit.kind}</span>
                <span class="line">{hit.text.trim().slice(0, 200)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
