// Color themes: that of the system, dark, light around a dark terminal, or light.
import { stored } from "./stored";

export const THEMES = ["auto", "dark", "mixed", "light"] as const;
export type Theme = (typeof THEMES)[number];

const LABELS: Record<Theme, string> = {
  auto: "same as the system",
  dark: "dark",
  mixed: "light around a dark terminal",
  light: "light",
};

export const themeName = stored("theme", THEMES);

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = themeName.value;
}

// Switch to the next theme and return its label.
export function cycleTheme(): string {
  themeName.value = THEMES[(THEMES.indexOf(themeName.value) + 1) % THEMES.length]!;
  applyTheme();
  return LABELS[themeName.value];
}
