// The current view, in the fragment of the URL: links can be saved, and the server needs no routes.
import { signal } from "@preact/signals";

export interface Route {
  view: string;
  args: string[];
  query: URLSearchParams;
  visit: number; // counts up: opening the same view again is a new visit
}

let visits = 0;

function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", ...args] = path.split("/").map(decoded);
  visits += 1;
  return { view, args, query: new URLSearchParams(query), visit: visits };
}

// A malformed part of the URL is used as it is.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const route = signal<Route>(read());

addEventListener("hashchange", () => (route.value = read()));

export function link(view: string, args: string[] = [], query: Record<string, string> = {}): string {
  const path = [view, ...args.map(encodeURIComponent)].join("/");
  const params = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  return `#/${path}${params.size ? `?${readable(params)}` : ""}`;
}

// Colons of times need no escape.
export function readable(params: URLSearchParams): string {
  return String(params).replaceAll("%3A", ":");
}

export const toRecording = (id: string, query: Record<string, string> = {}) => link("r", [id], query);

// Remember in the address, without a new entry in the history.
export function amend(query: Record<string, string>): void {
  const { view, args } = route.peek();
  history.replaceState(null, "", link(view, args, query));
}
