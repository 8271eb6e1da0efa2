// Times, sizes, counts and names as text.

export function clockText(ms: number, fraction = false): string {
  const whole = Math.max(0, Math.floor(ms));
  const seconds = Math.floor(whole / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  return fraction ? `${text}.${String(whole % 1000).padStart(3, "0")}` : text;
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds) / 60;
  if (minutes < 60) return `${Math.floor(minutes)} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${Math.floor(minutes) % 60} min`;
}

export function size(bytes: number): string {
  let value = bytes;
  for (const unit of ["B", "KB", "MB", "GB"]) {
    if (value < 1000 || unit === "GB") return unit === "B" ? `${value} B` : `${value.toFixed(1)} ${unit}`;
    value /= 1000;
  }
  return "";
}

export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

// 950, 12.3k, 1.2M
export function short(n: number): string {
  if (n < 1000) return String(n);
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e4 ? 1 : 0)}k`;
  return `${(n / 1e6).toFixed(n < 1e7 ? 1 : 0)}M`;
}

export function dollars(value: number | null | undefined, withoutPrice = 0): string {
  if (value === null || value === undefined) return withoutPrice ? "no price" : "";
  const text = value === 0 ? "$0" : value < 0.01 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
  return withoutPrice ? `${text}+` : text;
}

// The time of day, with the date unless it is today.
export function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const sameDay = date.toDateString() === new Date().toDateString();
  return sameDay ? `today ${time}` : `${date.toLocaleDateString([], { dateStyle: "medium" })} ${time}`;
}

// A time for an address: 1:05, or 1:05.2.
export function timeText(ms: number): string {
  return clockText(ms, ms % 1000 >= 1).replace(/(\.\d*?)0+$/, "$1");
}

// "90", "1:30", "1:02:03.5", "50%" in milliseconds; null if invalid.
export function parseTime(text: string, whole: number): number | null {
  const share = /^\s*(\d{1,3}(?:\.\d+)?)\s*%\s*$/.exec(text);
  if (share) return (Math.min(Number(share[1]), 100) / 100) * whole;
  if (!/^\s*(?:\d{1,9}:){0,2}\d{1,9}(?:\.\d{1,9})?s?\s*$/.test(text)) return null;
  const parts = text.trim().replace(/s$/, "").split(":");
  return parts.reduce((total, part) => total * 60 + Number(part), 0) * 1000;
}

// A name for a recording: its title, else the first prompt, else its command line.
export function nameOf(about: { title: string; prompt?: string; command: string[] }): string {
  const name = about.title.trim() || about.prompt?.trim();
  if (name) return name;
  const [program = "recording", ...rest] = about.command;
  return [program.split("/").pop() ?? program, ...rest].join(" ");
}

// How it ended. A run of the Python library has no exit code.
export function ended(code: number | null, signal: number | null, failed: boolean | null | undefined): string {
  if (signal) return `signal ${signal}`;
  if (code === null) return failed ? "failed" : "";
  return code === 0 ? "ok" : `exit ${code}`;
}
