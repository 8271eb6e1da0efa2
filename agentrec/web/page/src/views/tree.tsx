// Files in their folders.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { count } from "../format";

interface Folder {
  folders: Map<string, Folder>;
  files: [path: string, name: string][];
  total: number;
}

export function folderOf(paths: string[]): Folder {
  const root: Folder = { folders: new Map(), files: [], total: 0 };
  for (const path of paths) {
    const parts = path.split("/");
    const name = parts.pop()!;
    let folder = root;
    folder.total += 1;
    for (const part of parts) {
      const next = folder.folders.get(part) ?? { folders: new Map(), files: [], total: 0 };
      folder.folders.set(part, next);
      folder = next;
      folder.total += 1;
    }
    folder.files.push([path, name]);
  }
  return root;
}

interface Props {
  folder: Folder;
  opened: boolean;
  file: (path: string, name: string) => ComponentChildren;
}

export function Tree({ folder, opened, file }: Props) {
  return (
    <ul class="tree">
      {[...folder.folders].map(([name, inner]) => (
        <li key={`${name}/`}>
          <Branch name={name} folder={inner} opened={opened} file={file} />
        </li>
      ))}
      {folder.files.map(([path, name]) => (
        <li key={path}>{file(path, name)}</li>
      ))}
    </ul>
  );
}

function Branch({ name, folder, opened, file }: Props & { name: string }) {
  const open = useSignal<boolean | null>(null);
  const shown = open.value ?? opened;
  return (
    <>
      <button aria-expanded={shown} onClick={() => (open.value = !shown)}>
        <span aria-hidden="true">{shown ? "▾" : "▸"}</span> <code>{name}/</code>{" "}
        <span class="dim">{count(folder.total, "file")}</span>
      </button>
      {shown && <Tree folder={folder} opened={opened} file={file} />}
    </>
  );
}
