// Search in one recording.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { clockText, count } from "../format";
import type { PlayerState } from "./state";

// How long after the last key the search starts.
const TYPING_PAUSE_MS = 250;
const MAX_SHOWN_CHARS = 200;

export function Search({ player }: { player: PlayerState }) {
  const input = useRef<HTMLInputElement>(null);
  const state = useSignal("");
  const wanted = useSignal(player.query.value);
  const total = useSignal(0);
  const unsearched = useSignal("");

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    const query = wanted.value.trim();
    if (!query) {
      player.query.value = "";
      player.hits.value = [];
      state.value = unsearched.value = "";
      return;
    }
    const stop = new AbortController();
    const timer = setTimeout(() => {
      state.value = "searching …";
      player.hits.value = []; // those of other words
      player.playback.source.search(query, stop.signal).then(
        (answer) => {
          player.query.value = query;
          player.hits.value = answer.matches;
          total.value = answer.total;
          unsearched.value = answer.unsearched;
          state.value = answer.matches.length ? "" : "no matches";
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
          {state.value || (hits.length ? shownOf(hits.length, total.value) : "")}
        </span>
        <button type="button" onClick={() => player.jumpHit(-1)} disabled={!hits.length}>
          Previous
        </button>
        <button disabled={!hits.length}>Next</button>
        <button type="button" onClick={() => player.act("clear")}>
          Close
        </button>
      </form>
      {unsearched.value && <p class="dim">Not searched: {unsearched.value}.</p>}
      {hits.length > 0 && (
        <ol class="hits">
          {hits.slice(0, 100).map((hit, n) => (
            <li key={n}>
              <button onClick={() => void player.playback.find(hit.t, player.query.value)}>
                <span class="at">{clockText(hit.t)}</span> <span class="kind">{hit.kind}</span>
                <span class="line">{aroundMatch(hit.text.trim(), player.query.value)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

// The part of a long line that has the match.
function aroundMatch(text: string, query: string): string {
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  const from = Math.max(0, Math.min(at, text.length) - MAX_SHOWN_CHARS / 2);
  return text.length > MAX_SHOWN_CHARS ? text.slice(from, from + MAX_SHOWN_CHARS) : text;
}

function shownOf(shown: number, total: number): string {
  return total > shown ? `${shown.toLocaleString("en")} of ${count(total, "hit")}` : count(shown, "hit");
}
