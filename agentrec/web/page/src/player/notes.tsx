// The Notes panel: notes by time, each with its answers.
import { useSignal } from "@preact/signals";
import { clockText } from "../format";
import type { Note } from "./entries";
import type { PlayerState } from "./state";

export function Notes({ player }: { player: PlayerState }) {
  const filter = useSignal("");
  const notes = player.notes.value;
  const threads = threadsOf(notes).filter((thread) => has(thread, filter.value.trim().toLowerCase()));
  return (
    <div class="notes">
      <div class="above">
        <button onClick={() => player.act("addNote")}>Add a note</button>
        {notes.length > 0 && (
          <input
            type="search"
            placeholder="Search notes"
            aria-label="Search notes"
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
        )}
      </div>
      {!threads.length && <p class="empty">{notes.length ? "No note matches." : "No notes."}</p>}
      <ul>
        {threads.map((thread) => (
          <Thread key={thread[0]!.id} thread={thread} player={player} />
        ))}
      </ul>
    </div>
  );
}

function Thread({ thread, player }: { thread: Note[]; player: PlayerState }) {
  const answering = useSignal(false);
  const [first, ...answers] = thread as [Note, ...Note[]];
  const answer = (event: SubmitEvent) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get("text") ?? "").trim();
    answering.value = false;
    if (text) player.add(player.options.addNote!(text, first.t, first.id));
  };
  return (
    <li>
      <button class="at" onClick={() => player.playback.seek(first.t)} title="Go to this time">
        {clockText(first.t)}
      </button>
      <div class="text">{first.text}</div>
      {answers.map((note) => (
        <div key={note.id} class="text answer">
          {note.text}
        </div>
      ))}
      {answering.value ? (
        <form class="ask" onSubmit={answer}>
          <input name="text" aria-label="Answer" maxLength={8000} />
          <button class="play">Answer</button>
        </form>
      ) : (
        player.options.addNote && (
          <button class="more" onClick={() => (answering.value = true)}>
            Answer
          </button>
        )
      )}
    </li>
  );
}

// Notes by time, each followed by what answers it, or answers an answer.
export function threadsOf(notes: Note[]): Note[][] {
  const threads = new Map<string, Note[]>();
  for (const note of notes) {
    const thread = threads.get(note.answers) ?? [];
    thread.push(note);
    threads.set(note.id, thread);
  }
  return [...new Set(threads.values())].sort((a, b) => a[0]!.t - b[0]!.t);
}

function has(thread: Note[], wanted: string): boolean {
  return !wanted || thread.some((note) => note.text.toLowerCase().includes(wanted));
}
