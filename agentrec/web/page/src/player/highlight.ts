// Colors for code, line by line: comments, strings, numbers and words of many languages, no grammar.

export type Token = [name: "" | "comment" | "string" | "number" | "keyword" | "call", text: string];

// How a comment begins, by the ends of file names.
const COMMENTS: [string, string][] = [
  ["py pyi sh bash zsh fish rb pl r toml yaml yml ini cfg conf mk makefile dockerfile gitignore tf nix ex exs jl ps1", "#.*"],
  ["js jsx ts tsx mjs cjs c h cc cpp hpp cs java kt kts go rs swift scala php dart zig proto jsonc json5 scss less css json", "\\/\\/.*|\\/\\*.*?(?:\\*\\/|$)|^\\s*\\*.*"],
  ["sql lua hs elm ada", "--.*"],
  ["html htm xml svg vue svelte md", "<!--.*?(?:-->|$)"],
  ["lisp el clj scm asm", ";.*"],
  ["tex erl m", "%.*"],
];
const STRING = "\"(?:\\\\.|[^\"\\\\])*\"?|'(?:\\\\.|[^'\\\\])*'?|`(?:\\\\.|[^`\\\\])*`?";
const NUMBER = "\\b(?:0x[\\da-fA-F_]+|\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)\\b";
const WORD = "[A-Za-z_$][\\w$]*";
const KEYWORDS = new Set(
  (
    "abstract and as assert async await begin bool boolean break byte case catch char class const constexpr continue " +
    "crate declare def default defer del delete do double elif else elsif end enum esac except export extends extern " +
    "false fi final finally float fn for foreach from func function global go goto if impl implements import in " +
    "include inline instanceof int interface is lambda let local long loop match mod module mut namespace new nil " +
    "none not null None of or override package pass private protected pub public raise readonly ref require return " +
    "select self short signed sizeof static string struct super switch template then this throw trait true True False " +
    "try type typedef typeof undefined union unless unsafe unsigned until use using var virtual void volatile where " +
    "while with yield SELECT FROM WHERE INSERT INTO UPDATE SET DELETE CREATE TABLE JOIN ON ORDER BY GROUP AND OR NOT"
  ).split(" "),
);
const BY_END = new Map(
  COMMENTS.flatMap(([ends, comment]) => ends.split(" ").map((end) => [end, comment] as const)),
);
const patterns = new Map<string, RegExp>();
// Longer lines are not meant to be read.
const MAX_CHARS = 2000;

// What a path's code is colored as; empty if it is none.
export function languageOf(path: string): string {
  const end = path.toLowerCase().split(/[./]/).pop() ?? "";
  return BY_END.has(end) ? end : "";
}

export function tokens(line: string, language: string): Token[] {
  const comment = BY_END.get(language);
  if (comment === undefined || line.length > MAX_CHARS) return [["", line]];
  let pattern = patterns.get(comment);
  if (!pattern) {
    pattern = new RegExp(`(${comment})|(${STRING})|(${NUMBER})|(${WORD})(\\s*\\()?`, "g");
    patterns.set(comment, pattern);
  }
  const found: Token[] = [];
  let at = 0;
  for (const match of line.matchAll(pattern)) {
    const name = nameOf(match);
    if (!name) continue;
    const text = name === "call" ? match[4]! : match[0].slice(0, match[0].length - (match[5]?.length ?? 0));
    if (match.index > at) found.push(["", line.slice(at, match.index)]);
    found.push([name, text]);
    at = match.index + text.length;
  }
  if (at < line.length) found.push(["", line.slice(at)]);
  return found;
}

function nameOf([, comment, string, number, word, call]: RegExpMatchArray): Token[0] {
  if (comment) return "comment";
  if (string) return "string";
  if (number) return "number";
  if (word && KEYWORDS.has(word)) return "keyword";
  return call ? "call" : "";
}
