// The files at a snapshot, and what it changed.
import { useComputed, useSignal } from "@preact/signals";
import { useAnswer, Answered } from "../load";
import { filesOf, Patch } from "../player/change";
import type { Room } from "../player/room";
import { lastAt } from "../player/story";
import { get, getText } from "../server";
import { clockText } from "../words";

interface Diff {
  from: string | null;
  to: string;
  files: { path: string; what: string; added: number | null; removed: number | null }[];
  notes: string[];
  patch: string;
  truncated: boolean;
}

interface FileList {
  files: Record<string, { mode: string }>;
  left: Record<string, string>;
  more: boolean;
}

const MANY = 2000; // files that are listed

export function Files({ room, id }: { room: Room; id: string }) {
  const pinned = useSignal<string | null>(null);
  const mode = useSignal<"changes" | "all">("changes");
  const snapshots = useComputed(() => room.points.value.filter((point) => point.kind === "snapshot"));
  const here = useComputed(() => {
    const all = snapshots.value;
    return pinned.value ?? all[Math.max(0, lastAt(all, room.playback.t.value + 0.5))]?.id ?? null;
  });
  const sid = here.value;
  if (!sid) {
    return <p class="empty">No snapshots: the files of this run were not kept.</p>;
  }
  const choose = (value: string) => {
    pinned.value = value || null;
    const point = snapshots.value.find((it) => it.id === value);
    if (point) room.playback.seek(point.t);
  };
  return (
    <div class="files">
      <div class="files-head">
        <label>
          Snapshot{" "}
          <select value={pinned.value ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">with the screen: {sid}</option>
            {snapshots.value.map((point) => (
              <option key={point.id} value={point.id}>
                {point.id} · {clockText(point.t)} · {point.label.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
        <span class="group">
          <button aria-pressed={mode.value === "changes"} onClick={() => (mode.value = "changes")}>
            Changes
          </button>
          <button aria-pressed={mode.value === "all"} onClick={() => (mode.value = "all")}>
            All files
          </button>
        </span>
      </div>
      {mode.value === "changes" ? <Changes id={id} sid={sid} /> : <All id={id} sid={sid} />}
    </div>
  );
}

function path(id: string, sid: string): string {
  return `/sessions/${encodeURIComponent(id)}/snapshots/${encodeURIComponent(sid)}`;
}

function Changes({ id, sid }: { id: string; sid: string }) {
  const answer = useAnswer<Diff>((signal) => get(`${path(id, sid)}/diff`, {}, signal), [id, sid]);
  return (
    <Answered state={answer}>
      {(diff) => {
        const patches = new Map(filesOf(diff.patch).map((file) => [file.path, file.lines]));
        return (
          <>
            <p class="dim">
              {diff.from ? `What changed from ${diff.from} to ${diff.to}` : `Everything in ${diff.to}`}
              {diff.truncated && ", cut"}
            </p>
            {!diff.files.length && <p class="empty">Nothing changed.</p>}
            {diff.notes.map((note) => (
              <p key={note} class="dim">
                {note}
              </p>
            ))}
            {diff.files.map((file) => (
              <details key={file.path} open={diff.files.length <= 5}>
                <summary>
                  <span class={`what-${file.what}`}>{file.what}</span> <code>{file.path}</code>{" "}
                  <span class="aside">
                    {file.added !== null && <span class="plus">+{file.added}</span>}
                    {file.removed !== null && <span class="minus">−{file.removed}</span>}
                  </span>
                </summary>
                {patches.get(file.path) ? (
                  <Patch lines={patches.get(file.path)!} />
                ) : (
                  <p class="dim">no lines to show</p>
                )}
              </details>
            ))}
          </>
        );
      }}
    </Answered>
  );
}

function All({ id, sid }: { id: string; sid: string }) {
  const open = useSignal("");
  const filter = useSignal("");
  const answer = useAnswer<FileList>((signal) => get(`${path(id, sid)}/files`, {}, signal), [id, sid]);
  return (
    <Answered state={answer}>
      {(list) => {
        const wanted = filter.value.toLowerCase();
        const names = Object.keys(list.files).filter((name) => name.toLowerCase().includes(wanted)).sort();
        return (
          <>
            <input
              type="search"
              placeholder={`filter ${Object.keys(list.files).length} files`}
              aria-label="Filter files"
              value={filter.value}
              onInput={(event) => (filter.value = event.currentTarget.value)}
            />
            <ul class="tree">
              {names.slice(0, MANY).map((name) => (
                <li key={name}>
                  <button
                    aria-expanded={open.value === name}
                    onClick={() => (open.value = open.value === name ? "" : name)}
                  >
                    <code>{name}</code>
                  </button>
                  {open.value === name && !answer.stale && <Content id={id} sid={sid} name={name} />}
                </li>
              ))}
            </ul>
            {(names.length > MANY || list.more) && <p class="dim">… there are more</p>}
            {Object.entries(list.left).length > 0 && (
              <p class="dim">{Object.entries(list.left).length} more are named, but were not kept.</p>
            )}
          </>
        );
      }}
    </Answered>
  );
}

function Content({ id, sid, name }: { id: string; sid: string; name: string }) {
  const file = name.split("/").map(encodeURIComponent).join("/");
  const answer = useAnswer((signal) => getText(`${path(id, sid)}/files/${file}`, signal), [id, sid, name]);
  return (
    <Answered state={answer}>
      {(text) => <pre class="content">{text || "(empty, or no text)"}</pre>}
    </Answered>
  );
}
