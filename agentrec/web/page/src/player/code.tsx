// Lines of code, of any number: only those in sight are elements.
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { languageOf, tokens } from "./highlight";

// As in the style sheet.
const ROW_PX = 19;
const MAX_HEIGHT_PX = 560;
const MARGIN_ROWS = 40;

interface Props {
  count: number;
  row: (n: number) => ComponentChildren;
  label: string;
  name?: string;
}

export function Lines({ count, row, label, name = "" }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = Math.min(count * ROW_PX, MAX_HEIGHT_PX);
  const from = Math.max(0, top.value - MARGIN_ROWS);
  const to = Math.min(count, top.value + Math.ceil(MAX_HEIGHT_PX / ROW_PX) + MARGIN_ROWS);
  useEffect(() => {
    if (top.value > count) top.value = 0;
  }, [count]);
  const scrolled = () => {
    const first = Math.floor(box.current!.scrollTop / ROW_PX);
    if (Math.abs(first - top.value) > MARGIN_ROWS / 2 || first === 0) top.value = first;
  };
  return (
    <div class={`code ${name}`} ref={box} onScroll={scrolled} tabIndex={0} role="group" aria-label={label} data-lines={count}>
      <div class="code-lines" style={{ paddingTop: `${from * ROW_PX}px`, height: `${Math.max(height, count * ROW_PX)}px` }}>
        {Array.from({ length: to - from }, (_, n) => row(from + n))}
      </div>
    </div>
  );
}

export function Colored({ text, language }: { text: string; language: string }) {
  return (
    <>
      {tokens(text, language).map(([name, part], n) =>
        name ? (
          <span key={n} class={`c-${name}`}>
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}

// A file as it was.
export function Code({ text, path }: { text: string; path: string }) {
  const lines = text.replace(/\n$/, "").split("\n");
  const language = languageOf(path);
  const digits = String(lines.length).length;
  const row = (n: number) => (
    <div key={n} class="same" data-n={String(n + 1).padStart(digits)}>
      <Colored text={lines[n]!} language={language} />
      {"\n"}
    </div>
  );
  return <Lines count={lines.length} row={row} label={path} name="content" />;
}
