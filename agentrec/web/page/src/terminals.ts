// Colors of the terminal that one can choose, and the size of its font.
import { effect } from "@preact/signals";
import { stored } from "./stored";

// Foreground, background, and the sixteen colors.
const THEMES: Record<string, string> = {
  dracula: "f8f8f2 282a36 21222c ff5555 50fa7b f1fa8c bd93f9 ff79c6 8be9fd f8f8f2 6272a4 ff6e6e 69ff94 ffffa5 d6acff ff92df a4ffff ffffff",
  gruvbox: "ebdbb2 282828 282828 cc241d 98971a d79921 458588 b16286 689d6a a89984 928374 fb4934 b8bb26 fabd2f 83a598 d3869b 8ec07c ebdbb2",
  monokai: "f8f8f2 272822 272822 f92672 a6e22e f4bf75 66d9ef ae81ff a1efe4 f8f8f2 75715e f92672 a6e22e f4bf75 66d9ef ae81ff a1efe4 f9f8f5",
  nord: "d8dee9 2e3440 3b4252 bf616a a3be8c ebcb8b 81a1c1 b48ead 88c0d0 e5e9f0 4c566a bf616a a3be8c ebcb8b 81a1c1 b48ead 8fbcbb eceff4",
  "solarized dark": "839496 002b36 073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 586e75 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
  "solarized light": "657b83 fdf6e3 073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 93a1a1 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 002b36",
};
const NAMES = ["--t-fg", "--t-bg", ...Array.from({ length: 16 }, (_, n) => `--t-${n}`)];

export const TERMINALS = ["as the page", ...Object.keys(THEMES)] as [string, ...string[]];
export const FONT_SIZES = ["fit", "10", "12", "14", "16", "18", "22", "28"] as const;

export const terminal = stored("terminal", TERMINALS);
export const fontSize = stored("font", FONT_SIZES);

effect(() => {
  const colors = THEMES[terminal.value]?.split(" ");
  const { style } = document.documentElement;
  NAMES.forEach((name, n) => (colors ? style.setProperty(name, `#${colors[n]}`) : style.removeProperty(name)));
});
