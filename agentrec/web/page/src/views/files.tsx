// The files at a snapshot, and what it changed.
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRequest, Loaded } from "../load";
import { Code } from "../player/code";
import { PatchLines, SplitButton } from "../player/diff";
import { filesOf, nameBefore } from "../player/patch";
import type { PlayerState } from "../player/state";
import { lastAt } from "../player/entries";
import { get, getText } from "../server";
import { clockText, count } from "../format";
import { folderOf, Tree } from "./tree";

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

const MAX_FILES = 20_000;
// Folders of so many files are open at first.
const MAX_OPEN_FILES = 50;

export function Files({ player, id }: { player: PlayerState; id: string }) {
  const pinned = useSignal<string | null>(null);
  const mode = useSignal<"changes" | "all">("changes");
  const snapshots = useComputed(() => player.points.value.filter((point) => point.kind === "snapshot"));
  const here = useComputed(() => {
    const all = snapshots.value;
    return pinned.value ?? all[Math.max(0, lastAt(all, player.playback.t.value + 0.5))]?.id ?? null;
  });
  const sid = here.value;
  if (!sid) {
    return <p class="empty">No snapshots: the files of this run were not recorded.</p>;
  }
  const note = snapshots.value.find((it) => it.id === sid)?.note;
  const choose = (value: string) => {
    pinned.value = value || null;
    const point = snapshots.value.find((it) => it.id === value);
    if (point) player.playback.seek(point.t);
  };
  return (
    <div class="files">
      <div class="files-head">
        <label>
          Snapshot{" "}
          <select value={pinned.value ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">follow playback: {sid}</option>
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
        {mode.value === "changes" && <SplitButton />}
      </div>
      {note && <p class="dim">{note}</p>}
      {mode.value === "changes" ? (
        <Changes address={`${path(id, sid)}/diff`} whole={(name) => getText(fileAt(id, sid, name))} />
      ) : (
        <All id={id} sid={sid} />
      )}
    </div>
  );
}

function path(id: string, sid: string): string {
  return `/sessions/${encodeURIComponent(id)}/snapshots/${encodeURIComponent(sid)}`;
}

function fileAt(id: string, sid: string, name: string): string {
  return `${path(id, sid)}/files/${name.split("/").map(encodeURIComponent).join("/")}`;
}

interface ChangesProps {
  address: string; // of the diff
  whole?: (path: string) => Promise<string>; // a file as it is after the changes
  title?: string;
}

export function Changes({ address, whole, title }: ChangesProps) {
  const answer = useRequest<Diff>((signal) => get(address, {}, signal), [address]);
  return (
    <Loaded state={answer}>
      {(diff) => {
        const patches = new Map(filesOf(diff.patch).map((file) => [file.path, file.lines]));
        const renamed = new Set([...patches.values()].map(nameBefore));
        const files = diff.files.filter((file) => file.what !== "deleted" || !renamed.has(file.path));
        return (
          <>
            <p class="dim">
              {title ?? (diff.from ? `Changes from ${diff.from} to ${diff.to}` : `All files of ${diff.to}`)}
              {diff.truncated && ", shortened"}
            </p>
            {!diff.files.length && <p class="empty">No changes.</p>}
            {diff.notes.map((note) => (
              <p key={note} class="dim">
                {note}
              </p>
            ))}
            {files.map((file) => (
              <Folded
                key={file.path}
                open={files.length <= 5}
                head={<Head file={file} before={nameBefore(patches.get(file.path) ?? [])} />}
              >
                {() =>
                  patches.get(file.path) ? (
                  <PatchLines
                    lines={patches.get(file.path)!}
                    path={file.path}
                    {...(whole && { whole: () => whole(file.path) })}
                  />
                ) : (
                  <p class="dim">no text changes to show</p>
                )}
              </Folded>
            ))}
          </>
        );
      }}
    </Loaded>
  );
}

// What happened to a file; of a renamed one the patch counts, not its length.
function Head({ file, before }: { file: Diff["files"][number]; before: string }) {
  if (before) {
    return (
      <>
        <span class="what-changed">renamed</span> <code>{before}</code> → <code>{file.path}</code>
      </>
    );
  }
  return (
    <>
      <span class={`what-${file.what}`}>{file.what}</span> <code>{file.path}</code>{" "}
      <span class="aside">
        {file.added !== null && <span class="plus">+{file.added}</span>}
        {file.removed !== null && <span class="minus">−{file.removed}</span>}
      </span>
    </>
  );
}

interface FoldedProps {
  head: ComponentChildren;
  open: boolean;
  children: () => ComponentChildren;
}

// What is folded is not drawn.
function Folded({ head, open, children }: FoldedProps) {
  const shown = useSignal(open);
  return (
    <details open={shown.value} onToggle={(event) => (shown.value = event.currentTarget.open)}>
      <summary>{head}</summary>
      {shown.value && children()}
    </details>
  );
}

function All({ id, sid }: { id: string; sid: string }) {
  const open = useSignal("");
  const filter = useSignal("");
  const answer = useRequest<FileList>((signal) => get(`${path(id, sid)}/files`, { limit: MAX_FILES }, signal), [id, sid]);
  return (
    <Loaded state={answer}>
      {(list) => {
        const wanted = filter.value.toLowerCase();
        const names = Object.keys(list.files).filter((name) => name.toLowerCase().includes(wanted)).sort();
        return (
          <>
            <input
              type="search"
              placeholder={`Filter ${count(Object.keys(list.files).length, "file")}`}
              aria-label="Filter files"
              value={filter.value}
              onInput={(event) => (filter.value = event.currentTarget.value)}
            />
            {!names.length && <p class="empty">No file matches “{filter.value}”.</p>}
            <Tree
              folder={folderOf(names.slice(0, MAX_FILES))}
              opened={wanted !== "" || names.length <= MAX_OPEN_FILES}
              file={(name, label) => (
                <>
                  <button
                    aria-expanded={open.value === name}
                    onClick={() => (open.value = open.value === name ? "" : name)}
                  >
                    <code>{label}</code>
                  </button>
                  {open.value === name && !answer.stale && <Content id={id} sid={sid} name={name} />}
                </>
              )}
            />
            {(names.length > MAX_FILES || list.more) && <p class="dim">… and more</p>}
            {Object.entries(list.left).length > 0 && (
              <p class="dim">{count(Object.entries(list.left).length, "more file")} {Object.entries(list.left).length === 1 ? "is" : "are"} listed but not stored.</p>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Content({ id, sid, name }: { id: string; sid: string; name: string }) {
  const answer = useRequest((signal) => getText(fileAt(id, sid, name), signal), [id, sid, name]);
  return (
    <Loaded state={answer}>
      {(text) => (text ? <Code text={text} path={name} /> : <p class="dim">(empty or binary file)</p>)}
    </Loaded>
  );
}
