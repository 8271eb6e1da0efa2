// Search in one recording.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clockText, count } from "../format";
import type { PlayerState } from "./state";

// How long after the last key the search starts.
const TYPING_PAUSE_MS = 250;

export function Search({ player }: { player: PlayerState }) {
  const input = useRef<HTMLInputElement>(null);
  const state = useSignal("");
  const wanted = useSignal(player.query.value);

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const query = wanted.value.trim();
    if (!query) {
      player.query.value = "";
      player.hits.value = [];
      state.value = "";
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      state.value = "searching …";
      player.hits.value = []; // those of other words
      player.playback.source.search(query, stop.signal).then(
        (hits) => {
          player.query.value = query;
          player.hits.value = hits;
          state.value = hits.length ? "" : "no matches";
        },
        (error: unknown) => {
          if (!stop.signal.aborted) state.value = error instanceof Error ? error.message : String(error);
        },
      );
    }, TYPING_PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [wanted.value]);

  const submit = (event: Event) => {
    event.preventDefault();
    player.jumpHit(1);
  };
  const hits = player.hits.value;
  return (
    <div class="search-here">
      <form class="ask" role="search" onSubmit={submit}>
        <label>
          <span class="hidden">Search this recording</span>
          <input
            ref={input}
            type="search"
            placeholder="Search this recording"
            value={wanted.value}
            maxLength={200}
            onInput={(event) => (wanted.value = event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && player.act("clear")}
          />
        </label>
        <span class="dim" role="status">
          {state.value || (hits.length ? count(hits.length, "hit") : "")}
        </span>
        <button type="button" onClick={() => player.jumpHit(-1)} disabled={!hits.length}>
          Previous
        </button>
        <button disabled={!hits.length}>Next</button>
        <button type="button" onClick={() => player.act("clear")}>
          Close
        </button>
      </form>
      {hits.length > 0 && (
        <ol class="hits">
          {hits.slice(0, 100).map((hit, n) => (
            <li key={n}>
              <button onClick={() => void player.playback.find(hit.t, player.query.value)}>
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
