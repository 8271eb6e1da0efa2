// Diffs: what an edit replaced, and unified diffs; in one column or two.
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { count } from "../format";
import { stored } from "../stored";
import { Colored, Lines } from "./code";
import { languageOf } from "./highlight";
import { nameBefore, rowsOfEdit, rowsOfPatch, sideBySide } from "./patch";
import type { DiffRow, Gap } from "./patch";

export const split = stored("diff", ["one", "two"] as const);

const SIGNS = { same: " ", new: "+", gone: "-", dim: "" };

export function EditDiff({ before, after, path }: { before: string; after: string; path: string }) {
  const rows = useMemo(() => rowsOfEdit(before, after), [before, after]);
  return <Diff rows={rows} path={path} />;
}

interface PatchProps {
  lines: string[];
  path: string;
  whole?: () => Promise<string>; // the new file, for what the patch leaves out
}

export function PatchLines({ lines, path, whole }: PatchProps) {
  const rows = useMemo(() => rowsOfPatch(lines), [lines]);
  if (!rows.length) return <p class="dim none">{nameBefore(lines) ? "same content" : "no text changes to show"}</p>;
  return <Diff rows={rows} path={path} {...(whole && { whole })} />;
}

interface Props {
  rows: DiffRow[];
  path: string;
  whole?: () => Promise<string>;
}

function Diff({ rows, path, whole }: Props) {
  const opened = useSignal(new Map<DiffRow, string[]>());
  const shown = useMemo(() => rows.flatMap((row) => unfolded(row, opened.value.get(row))), [rows, opened.value]);
  const two = split.value === "two";
  const pairs = useMemo(() => (two ? sideBySide(shown) : null), [shown, two]);
  const digits = useMemo(() => String(shown.reduce((most, row) => Math.max(most, numberOf(row)), 1)).length, [shown]);
  const language = languageOf(path);
  const open = async (gap: Gap) => {
    const lines = gap.lines ?? (await whole!()).split("\n").slice(gap.after - 1, gap.after - 1 + gap.count);
    opened.value = new Map(opened.value).set(gap, lines);
  };
  const cell = (row: DiffRow | null, side: "both" | "before" | "after", key: number) => {
    if (!row) return <div key={key} class="none">{"\n"}</div>;
    if (row.kind === "gap") return <Fold key={key} gap={row} open={row.lines || whole ? open : undefined} />;
    const numbers = side === "both" ? [row.before, row.after] : [row[side]];
    return (
      <div key={key} class={row.kind} data-n={numbers.map((n) => String(n ?? "").padStart(digits)).join(" ")}>
        {SIGNS[row.kind]}
        <Colored text={row.text} language={language} />
        {"\n"}
      </div>
    );
  };
  const row = (n: number) =>
    pairs ? (
      <div key={n} class="pair">
        {cell(pairs[n]![0], "before", 0)}
        {cell(pairs[n]![1], "after", 1)}
      </div>
    ) : (
      cell(shown[n]!, "both", n)
    );
  return <Lines count={(pairs ?? shown).length} row={row} label={`Changes in ${path}`} name={two ? "diff two" : "diff"} />;
}

function unfolded(row: DiffRow, lines: string[] | undefined): DiffRow[] {
  if (row.kind !== "gap" || !lines) return [row];
  return lines.map((text, n) => ({ kind: "same", text, before: row.before + n, after: row.after + n }));
}

function numberOf(row: DiffRow): number {
  return Math.max(row.before ?? 0, row.after ?? 0);
}

function Fold({ gap, open }: { gap: Gap; open: ((gap: Gap) => Promise<void>) | undefined }) {
  const text = count(gap.count, "unchanged line");
  return open ? <button class="fold" onClick={() => void open(gap)}>⋯ {text}</button> : <div class="fold">⋯ {text}</div>;
}

export function SplitButton() {
  return (
    <button aria-pressed={split.value === "two"} onClick={() => (split.value = split.value === "two" ? "one" : "two")}>
      Side by side
    </button>
  );
}
