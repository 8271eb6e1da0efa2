// Transactions of this machine: savepoints, and what changed up to the last one.
import { useSignal } from "@preact/signals";
import { Loaded, useRequest } from "../load";
import { toRecording } from "../route";
import { get } from "../server";
import { count, when } from "../format";
import { Changes } from "./files";

// What the server says, see GET /transactions.
interface Savepoint {
  number: number;
  name: string;
  created: string;
  files: number;
}

interface Transaction {
  id: string;
  name: string;
  state: string;
  created: string;
  recording: string;
  base: string;
  worktree: string;
  savepoints: Savepoint[];
  base_commits_since: number;
  rollback_interrupted: boolean;
}

interface Answer {
  transactions: Transaction[];
  troubles: string[];
}

export function Transactions() {
  const ended = useSignal(false);
  const state = ended.value ? "any" : "open";
  const answer = useRequest<Answer>((signal) => get("/transactions", { state }, signal), [state]);
  return (
    <div class="page">
      <h2>Transactions</h2>
      <div class="above">
        <label>
          <input type="checkbox" checked={ended.value} onChange={() => (ended.value = !ended.value)} /> also those that
          have ended
        </label>
        <button onClick={answer.repeat}>Reload</button>
      </div>
      <Loaded state={answer}>
        {({ transactions, troubles }) => (
          <>
            {troubles.map((text) => (
              <p key={text} class="trouble" role="alert">
                {text}
              </p>
            ))}
            {!transactions.length && <p class="empty">None. Begin one with `agentrec tx begin`.</p>}
            <ul class="sessions transactions">
              {transactions.map((it) => (
                <Item key={it.id} it={it} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </div>
  );
}

function Item({ it }: { it: Transaction }) {
  const open = useSignal(false);
  const last = it.savepoints.at(-1);
  return (
    <li class="files">
      <div>
        <b>{it.name || it.id}</b> <span class={`badge ${it.state === "aborted" ? "bad" : "good"}`}>{it.state}</span>{" "}
        {it.recording && <a href={toRecording(it.recording)}>recording</a>}
        <p class="about-it">{about(it)}</p>
        {it.rollback_interrupted && <p class="what-deleted">A rollback was not completed.</p>}
      </div>
      <ol class="points">
        {it.savepoints.map((point) => (
          <li key={point.number}>
            {point.number} <span class="label">{point.name}</span>{" "}
            <span class="dim">
              {when(point.created)} · {count(point.files, "file")}
            </span>
          </li>
        ))}
      </ol>
      {last && last.number > 0 && (
        <details onToggle={(event) => (open.value = event.currentTarget.open)}>
          <summary>Changes up to savepoint {last.number}</summary>
          {open.value && (
            <div class="files">
              <Changes address={`/transactions/${encodeURIComponent(it.id)}/diff`} title="Since the beginning" />
            </div>
          )}
        </details>
      )}
    </li>
  );
}

function about(it: Transaction): string {
  const ahead = it.state === "open" && it.base_commits_since ? `, ${count(it.base_commits_since, "commit")} since` : "";
  return `on ${it.base}${ahead} · ${when(it.created)} · ${it.worktree}`;
}
