// Diffs: what an edit replaced, and unified diffs.

export function EditDiff({ before, after }: { before: string; after: string }) {
  return (
    <pre class="diff">
      {before.split("\n").map((line, n) => (
        <span key={`-${n}`} class="gone">{`-${line}\n`}</span>
      ))}
      {after.split("\n").map((line, n) => (
        <span key={`+${n}`} class="new">{`+${line}\n`}</span>
      ))}
    </pre>
  );
}

const KINDS: Record<string, string> = { "+": "new", "-": "gone", "@": "place", "\\": "dim" };

export interface FilePatch {
  path: string;
  lines: string[];
}

// Split a unified diff into its files.
export function filesOf(patch: string): FilePatch[] {
  const found: FilePatch[] = [];
  for (const line of patch.split("\n")) {
    const head = /^diff --git (?:"?a\/(.*?)"?) (?:"?b\/(.*?)"?)$/.exec(line);
    if (head) found.push({ path: head[2] ?? "", lines: [] });
    else if (found.length) found.at(-1)!.lines.push(line);
    else if (line) found.push({ path: "", lines: [line] });
  }
  return found;
}

export function PatchLines({ lines }: { lines: string[] }) {
  const body = lines.filter((line) => !/^(index|---|\+\+\+) /.test(line));
  if (body.at(-1) === "") body.pop();
  return (
    <pre class="diff" tabIndex={0}>
      {body.map((line, n) => (
        <span key={n} class={KINDS[line[0] ?? ""] ?? "same"}>{`${line}\n`}</span>
      ))}
    </pre>
  );
}
