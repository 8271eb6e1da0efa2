// A file from this device becomes a recording of the library: chosen, or dropped on the page.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ErrorBox } from "../load";
import { toRecording } from "../route";
import { Problem, sendFile } from "../server";
import { size } from "../format";

// As in agentrec/web/upload/upload_endpoint.py.
const MAX_FILE_BYTES = 256 * 2 ** 20;

interface AddedFile {
  id: string;
  notes: string[];
}

// What was assumed or left out, until the recording is shown.
const notes = new Map<string, string>();

export function takeNotes(id: string): string {
  const text = notes.get(id) ?? "";
  notes.delete(id);
  return text;
}

export function OpenFile() {
  const input = useRef<HTMLInputElement>(null);
  const above = useSignal(false); // a file is being dragged over the page
  const sent = useSignal<File | null>(null);
  const error = useSignal<unknown>(null);
  const stop = useRef(new AbortController());

  const open = async (files: readonly File[]) => {
    if (sent.value) return;
    const [file] = files;
    error.value = files.length > 1 ? new Error("one file at a time") : null;
    if (!file || files.length > 1) return;
    sent.value = file;
    stop.current = new AbortController();
    try {
      const added = await addFile(file, stop.current.signal);
      if (added.notes.length) notes.set(added.id, added.notes.join("; "));
      location.hash = toRecording(added.id);
    } catch (problem) {
      if (!stop.current.signal.aborted) error.value = problem;
    }
    sent.value = null;
  };

  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      above.value = true;
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) above.value = false;
    };
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      above.value = false;
      void open([...event.dataTransfer.files]);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
      stop.current.abort();
    };
  }, []);

  const choose = () => {
    const chosen = [...(input.current?.files ?? [])];
    input.current!.value = ""; // so that the same file can be chosen again
    void open(chosen);
  };
  const there = error.value instanceof Problem ? error.value.id : "";
  return (
    <>
      <input ref={input} type="file" hidden aria-label="File to open" onChange={choose} />
      {sent.value ? (
        <p class="above sending" role="status">
          <span>
            Opening {sent.value.name} ({size(sent.value.size)}) …
          </span>
          <button onClick={() => stop.current.abort()}>Cancel</button>
        </p>
      ) : (
        <button
          class="open-file"
          onClick={() => input.current?.click()}
          title="A recording of agentrec, asciinema, ttyrec, script, Agent VCR, DevDuck …; it can be dropped here, too"
        >
          Open a file
        </button>
      )}
      {error.value !== null && (
        <div class="not-opened">
          <ErrorBox error={error.value} />
          {there && <a href={toRecording(there)}>Open the one in the library</a>}
          <button onClick={() => (error.value = null)}>Close</button>
        </div>
      )}
      {above.value && <div class="drop-here">Drop a file to open it</div>}
    </>
  );
}

async function addFile(file: File, signal: AbortSignal): Promise<AddedFile> {
  if (file.size > MAX_FILE_BYTES) {
    const hint = `The page takes up to ${MAX_FILE_BYTES / 2 ** 20} MiB: \`agentrec replay FILE\` opens a file of any size.`;
    throw new Problem(413, `${file.name} is too large (${size(file.size)})`, hint);
  }
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error(`${file.name} cannot be read: it is a folder, or was changed or moved`);
  }
  return sendFile<AddedFile>("/sessions", file, signal);
}
