// What is printed: facts, the screen at this time, and the whole conversation, unfolded.
import { useEffect } from "preact/hooks";
import { clockText, duration, nameOf, when } from "../format";
import { asText } from "./entries";
import type { Entry } from "./entries";
import { textOf } from "./frames";
import type { PlayerState } from "./state";

// Longer text is cut.
const MAX_CHARS = 4000;

export function Print({ player }: { player: PlayerState }) {
  const { playback } = player;
  const facts = player.facts.value;
  const done = () => (player.printing.value = false);
  useEffect(() => {
    document.body.classList.add("printing");
    addEventListener("afterprint", done);
    print();
    return () => {
      document.body.classList.remove("printing");
      removeEventListener("afterprint", done);
    };
  }, []);
  return (
    <article class="print">
      <button class="close" onClick={done}>
        Close
      </button>
      <h1>{nameOf(facts)}</h1>
      <p>{[facts.agent, facts.cwd, when(facts.created), duration(playback.duration.value)].filter(Boolean).join(" · ")}</p>
      {!player.noScreen.value && (
        <>
          <h2>Screen at {clockText(playback.t.value)}</h2>
          <pre class="shot">{playback.buffer.grid.rows.map(textOf).join("\n").trimEnd()}</pre>
        </>
      )}
      <h2>Conversation</h2>
      {player.entries.value.map((entry) => (
        <Printed key={entry.seq} entry={entry} />
      ))}
    </article>
  );
}

function Printed({ entry }: { entry: Entry }) {
  return (
    <section>
      <p>
        <b>
          {clockText(entry.t)} {entry.title}
        </b>{" "}
        {entry.failed && "(failed)"}
      </p>
      {entry.text && <div class="text">{cut(entry.text)}</div>}
      {entry.input !== undefined && <pre>{cut(asText(entry.input))}</pre>}
      {entry.output && <pre>{cut(entry.output)}</pre>}
    </section>
  );
}

function cut(text: string): string {
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS)} …` : text;
}
