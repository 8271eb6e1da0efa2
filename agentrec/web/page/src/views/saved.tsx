// Saved views: addresses with names, kept by this browser. Each is a link, and can be sent to others.
import { signal } from "@preact/signals";
import { route } from "../route";

interface SavedView {
  name: string;
  hash: string;
}

const KEY = "agentrec-views";
const MAX_VIEWS = 100;
const views = signal<SavedView[]>(read());

function read(): SavedView[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter(isView).slice(0, MAX_VIEWS) : [];
  } catch {
    return []; // storage is not available, or holds something else
  }
}

function isView(it: unknown): it is SavedView {
  const { name, hash } = (it ?? {}) as Partial<SavedView>;
  return typeof name === "string" && typeof hash === "string" && hash.startsWith("#/");
}

function keep(all: SavedView[]): void {
  views.value = all.slice(-MAX_VIEWS);
  try {
    localStorage.setItem(KEY, JSON.stringify(views.value));
  } catch {
    // they last until the page is closed
  }
}

export function SavedViews() {
  void route.value; // what is saved is the address of what is shown
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const name = String(new FormData(form).get("name") ?? "").trim();
    if (!name) return;
    keep([...views.value.filter((view) => view.name !== name), { name, hash: location.hash || "#/" }]);
    form.reset();
  };
  return (
    <details class="saved">
      <summary>Views</summary>
      <div class="saved-list">
        <ul>
          {views.value.map((view) => (
            <li key={view.name}>
              <a href={view.hash}>{view.name}</a>
              <button aria-label={`Remove ${view.name}`} onClick={() => keep(views.value.filter((it) => it !== view))}>
                ×
              </button>
            </li>
          ))}
        </ul>
        <form class="save" onSubmit={save}>
          <input name="name" aria-label="Name of this view" placeholder="Name" maxLength={100} />
          <button class="play">Save this view</button>
        </form>
      </div>
    </details>
  );
}
