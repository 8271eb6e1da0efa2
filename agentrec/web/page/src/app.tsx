// The page of `agentrec serve`.
import { render } from "preact";
import { link, route } from "./route";
import "./style/page.css";
import "./style/views.css";
import { applyTheme, cycleTheme, themeName } from "./theme";
import { Compare } from "./views/compare";
import { CostPage } from "./views/cost";
import { Library } from "./views/library";
import { Lineage } from "./views/lineage";
import { RecordingPage } from "./views/recording";
import { SavedViews } from "./views/saved";
import { Transactions } from "./views/transactions";

const NAV: [string, string][] = [
  ["", "Recordings"],
  ["lineage", "Lineage"],
  ["cost", "Cost"],
  ["transactions", "Transactions"],
];

function App() {
  const { view, args, query, visit } = route.value;
  return (
    <>
      <header class="top">
        <h1 class="brand">
          <a href={link("")}>agentrec</a>
        </h1>
        <nav aria-label="Pages">
          {NAV.map(([name, title]) => (
            <a key={name} href={link(name)} aria-current={view === name ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <SavedViews />
        <button class="theme" onClick={() => cycleTheme()} title="Color theme: system, dark, mixed, light" aria-label={`Colors: ${themeName.value}`}>
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
    case "transactions":
      return <Transactions />;
    default:
      return <Library query={query} />;
  }
}

// The cookie is set by now. Remove the token from the URL, and the one-time code, which would not work again.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);

applyTheme();
render(<App />, document.getElementById("page")!);
