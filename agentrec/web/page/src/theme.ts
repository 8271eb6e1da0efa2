// Color themes: that of the system, dark, light around a dark terminal, or light.
import { signal } from "@preact/signals";

const THEMES = ["auto", "dark", "mixed", "light"] as const;
export type Theme = (typeof THEMES)[number];

const LABELS: Record<Theme, string> = {
  auto: "same as the system",
  dark: "dark",
  mixed: "light around a dark terminal",
  light: "light",
};
const KEY = "agentrec-theme";

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(stored) ? stored : "auto";
  } catch {
    return "auto"; // storage is not available
  }
}

export const themeName = signal<Theme>(storedTheme());

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = themeName.value;
}

// Switch to the next theme and return its label.
export function cycleTheme(): string {
  themeName.value = THEMES[(THEMES.indexOf(themeName.value) + 1) % THEMES.length]!;
  applyTheme();
  try {
    localStorage.setItem(KEY, themeName.value);
  } catch {
    // the theme lasts until the page is closed
  }
  return LABELS[themeName.value];
}
