// A list of any length that follows the position: only what is near it, or was scrolled to, is there.
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Playback } from "./playback";
import { lastAt } from "./story";

const BEFORE = 100; // items around the position
const AFTER = 200;
const MORE = 200; // added when one scrolls to an end
const MOST = 1200; // before those far from where one is are dropped again
const NEAR = 20; // items from the end at which the position takes the window along
const REST = 4000; // ms after the user scrolled in which the list does not follow

interface Props<T> {
  items: readonly T[];
  playback: Playback;
  class: string;
  label: string;
  name: (item: T) => string; // class of an item
  id: (item: T) => string | number;
  version?: (item: T) => unknown; // changes when an item has to be rendered anew
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

export function Long<T extends { t: number }>(props: Props<T>) {
  const { items, playback } = props;
  const list = useRef<HTMLOListElement>(null);
  const touched = useRef(-REST);
  const now = useComputed(() => lastAt(items, playback.t.value + 0.5)).value;
  const range = useSignal({ from: 0, to: BEFORE + AFTER });
  const { from } = range.value;
  const to = Math.min(range.value.to, items.length);

  const jumps = playback.jumps.value;
  useMemo(() => (touched.current = -REST), [jumps]); // who goes somewhere wants to see it
  const moving = performance.now() - touched.current > REST;
  const lost = now >= 0 && (now < from + (from ? NEAR : 0) || now >= to - (to < items.length ? NEAR : 0));
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
    if (current && performance.now() - touched.current > REST) follow(list.current!, current);
  });

  const extend = (by: number) => {
    const next = by < 0 ? { from: Math.max(0, from + by), to } : { from, to: Math.min(items.length, to + by) };
    const extra = Math.max(0, next.to - next.from - MOST);
    range.value = by < 0 ? { from: next.from, to: next.to - extra } : { from: next.from + extra, to: next.to };
  };
  const scrolled = () => {
    const box = list.current!;
    if (performance.now() - touched.current > REST) return;
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

// Bring `current` into sight within its list, and move nothing else.
function follow(list: HTMLElement, current: Element): void {
  const box = list.getBoundingClientRect();
  const it = current.getBoundingClientRect();
  if (it.top >= box.top + 8 && it.bottom <= box.bottom - 8) return;
  list.scrollTop += it.top - box.top - box.height * 0.35;
}
