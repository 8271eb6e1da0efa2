// The page of `agentrec serve`.
import { render } from "preact";
import { link, route } from "./route";
import "./style/page.css";
import "./style/views.css";
import { applyTheme, cycleTheme, themeName } from "./theme";
import { Compare } from "./views/compare";
import { CostPage } from "./views/costpage";
import { Library } from "./views/library";
import { Lineage } from "./views/lineage";
import { RecordingPage } from "./views/recording";

const NAV: [string, string][] = [
  ["", "Recordings"],
  ["lineage", "Lineage"],
  ["cost", "Cost"],
];

function App() {
  const { view, args, query, visit } = route.value;
  return (
    <>
      <header class="top">
        <a class="brand" href={link("")}>
          agentrec
        </a>
        <nav aria-label="Pages">
          {NAV.map(([name, title]) => (
            <a key={name} href={link(name)} aria-current={view === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <button class="theme" onClick={() => cycleTheme()} title="Colours of the page: as the system, dark, mixed, light" aria-label={`Colours: ${themeName.value}`}>
          {themeName.value}
        </button>
      </header>
      <main key={visit}>{page(view, args, query)}</main>
    </>
  );
}

function page(view: string, args: string[], query: URLSearchParams) {
  const [first = "", second = ""] = args;
  switch (view) {
    case "r":
      return <RecordingPage id={first} query={query} />;
    case "compare":
      return <Compare left={first} right={second} />;
    case "lineage":
      return <Lineage id={first} />;
    case "cost":
      return <CostPage />;
    default:
      return <Library query={query} />;
  }
}

// The cookie is there by now; the token is nobody else's business, and a code for once lets in no second time.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);

applyTheme();
render(<App />, document.getElementById("page")!);
