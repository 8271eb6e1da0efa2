// Two builds: the page that `agentrec serve` gives out, and the player inside exported HTML files.
// Names are fixed and nothing depends on the machine, so the same sources give the same bytes.
import { defineConfig } from "vite";

const page = {
  outDir: "../static",
  emptyOutDir: true,
  modulePreload: false,
  rollupOptions: {
    output: {
      entryFileNames: "page.js",
      assetFileNames: "page[extname]",
      codeSplitting: false,
    },
  },
};

const recording = {
  outDir: "../../export/player",
  emptyOutDir: true,
  modulePreload: false,
  rollupOptions: {
    input: "src/recording.tsx",
    output: {
      format: "iife" as const,
      entryFileNames: "recording.js",
      assetFileNames: "recording[extname]",
    },
  },
};

export default defineConfig(({ mode }) => ({
  base: "/",
  build: {
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    cssCodeSplit: false,
    license: { fileName: "licences.md" },
    reportCompressedSize: false,
    ...(mode === "recording" ? recording : page),
  },
}));
