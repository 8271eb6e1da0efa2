// A list of any length that follows the position. Only items near it, or scrolled to, are rendered.
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Playback } from "./playback";
import { lastAt } from "./entries";

// Rendered items around the position.
const BEFORE = 100;
const AFTER = 200;
// How many are added when the user scrolls to an end, and how many there are at most.
const MORE = 200;
const MAX_ITEMS = 1200;
// How close to the end of the rendered items the position may get.
const MARGIN_ITEMS = 20;
// How long the list does not follow after the user has scrolled.
const SCROLL_PAUSE_MS = 4000;

interface Props<T> {
  items: readonly T[];
  playback: Playback;
  class: string;
  label: string;
  name: (item: T) => string; // class of an item
  id: (item: T) => string | number;
  version?: (item: T) => unknown; // changes when an item must be rendered again
  render: (item: T) => ComponentChildren;
}

interface RowProps {
  n: number;
  name: string;
  version: unknown;
  item: unknown;
  render: (item: never) => ComponentChildren;
}

const Row = memo(({ n, name, item, render }: RowProps) => (
  <li class={name} data-n={n}>
    {render(item as never)}
  </li>
));

export function FollowingList<T extends { t: number }>(props: Props<T>) {
  const { items, playback } = props;
  const list = useRef<HTMLOListElement>(null);
  const touched = useRef(-SCROLL_PAUSE_MS);
  const now = useComputed(() => lastAt(items, playback.t.value + 0.5)).value;
  const range = useSignal({ from: 0, to: BEFORE + AFTER });
  const { from } = range.value;
  const to = Math.min(range.value.to, items.length);

  const jumps = playback.jumps.value;
  useMemo(() => (touched.current = -SCROLL_PAUSE_MS), [jumps]); // after a jump, follow at once
  const moving = performance.now() - touched.current > SCROLL_PAUSE_MS;
  const lost = now >= 0 && (now < from + (from ? MARGIN_ITEMS : 0) || now >= to - (to < items.length ? MARGIN_ITEMS : 0));
  useEffect(() => {
    if (lost && moving) range.value = { from: Math.max(0, now - BEFORE), to: now + AFTER };
  }, [lost, moving, now]);

  useLayoutEffect(() => {
    const rows = list.current!.querySelectorAll<HTMLElement>("li[data-n]");
    let current: HTMLElement | null = null;
    for (const row of rows) {
      const n = Number(row.dataset["n"]);
      row.classList.toggle("ahead", n > now);
      if (n === now) current = row;
      else row.removeAttribute("aria-current");
    }
    current?.setAttribute("aria-current", "step");
    if (current && performance.now() - touched.current > SCROLL_PAUSE_MS) follow(list.current!, current);
  });

  const extend = (by: number) => {
    const next = by < 0 ? { from: Math.max(0, from + by), to } : { from, to: Math.min(items.length, to + by) };
    const extra = Math.max(0, next.to - next.from - MAX_ITEMS);
    range.value = by < 0 ? { from: next.from, to: next.to - extra } : { from: next.from + extra, to: next.to };
  };
  const scrolled = () => {
    const box = list.current!;
    if (performance.now() - touched.current > SCROLL_PAUSE_MS) return;
    if (from > 0 && box.scrollTop < box.clientHeight) extend(-MORE);
    else if (to < items.length && box.scrollHeight - box.scrollTop < 2 * box.clientHeight) extend(MORE);
  };
  const touch = () => (touched.current = performance.now());
  return (
    <ol
      class={props.class}
      ref={list}
      aria-label={props.label}
      onWheel={touch}
      onTouchMove={touch}
      onPointerDown={touch}
      onScroll={scrolled}
    >
      {from > 0 && (
        <li class="edge">
          <button onClick={() => extend(-MORE)}>{from.toLocaleString("en")} earlier</button>
        </li>
      )}
      {items.slice(from, to).map((item, n) => (
        <Row
          key={props.id(item)}
          n={from + n}
          name={props.name(item)}
          version={props.version?.(item)}
          item={item}
          render={props.render}
        />
      ))}
      {to < items.length && (
        <li class="edge">
          <button onClick={() => extend(MORE)}>{(items.length - to).toLocaleString("en")} later</button>
        </li>
      )}
    </ol>
  );
}

// Scroll `current` into view within its list only.
function follow(list: HTMLElement, current: Element): void {
  const box = list.getBoundingClientRect();
  const it = current.getBoundingClientRect();
  if (it.top >= box.top + 8 && it.bottom <= box.bottom - 8) return;
  list.scrollTop += it.top - box.top - box.height * 0.35;
}
