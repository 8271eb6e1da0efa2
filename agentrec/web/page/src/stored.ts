// Choices that this browser remembers.
import { effect, signal } from "@preact/signals";
import type { Signal } from "@preact/signals";

// One of `values`; the first one at first.
export function stored<T extends string>(name: string, values: readonly [T, ...T[]]): Signal<T> {
  const key = `agentrec-${name}`;
  const choice = signal<T>(read(key, values));
  effect(() => {
    const { value } = choice;
    try {
      if (value !== read(key, values)) localStorage.setItem(key, value);
    } catch {
      // it lasts until the page is closed
    }
  });
  return choice;
}

function read<T extends string>(key: string, values: readonly [T, ...T[]]): T {
  try {
    const found = localStorage.getItem(key) as T;
    return values.includes(found) ? found : values[0];
  } catch {
    return values[0]; // storage is not available
  }
}
