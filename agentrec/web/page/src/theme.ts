// Colours: as the system says, dark, light around a dark terminal, or light altogether.
import { signal } from "@preact/signals";

const THEMES = ["auto", "dark", "mixed", "light"] as const;
export type Theme = (typeof THEMES)[number];

const WORDS: Record<Theme, string> = {
  auto: "as the system",
  dark: "dark",
  mixed: "light around a dark terminal",
  light: "light",
};
const KEY = "agentrec-theme";

function remembered(): Theme {
  try {
    const found = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(found) ? found : "auto";
  } catch {
    return "auto"; // a page without storage
  }
}

export const themeName = signal<Theme>(remembered());

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = themeName.value;
}

// The next one, in words.
export function cycleTheme(): string {
  themeName.value = THEMES[(THEMES.indexOf(themeName.value) + 1) % THEMES.length]!;
  applyTheme();
  try {
    localStorage.setItem(KEY, themeName.value);
  } catch {
    // it is as it is until the page is closed
  }
  return WORDS[themeName.value];
}
