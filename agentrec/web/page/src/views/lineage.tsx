// Which recording branched from which, as a graph: time runs down, branches go to the right.
import { useRequest, Loaded } from "../load";
import { link, toRecording } from "../route";
import { get } from "../server";
import { clockText, count, dollars, duration, when } from "../format";

export interface Node {
  id: string;
  here: boolean;
  title: string;
  agent: string;
  command: string;
  created: string | null;
  duration: number | null;
  state: string;
  failed: boolean;
  exit_code?: number | null;
  cost_usd?: number | null;
  errors?: number;
}

interface Edge {
  parent: string;
  child: string;
  relation: string;
  at?: number | null;
  step?: number | null; // of a program: the child goes on from before it
  snapshot?: string | null;
  message?: string | null;
  method?: string | null;
}

export interface Tree {
  self: string | null;
  nodes: Node[];
  edges: Edge[];
}

interface Placed {
  node: Node;
  edge: Edge | null;
  depth: number;
  row: number;
  parent: Placed | null;
}

const COLUMN = 32;
const ROW = 68;
const DOT = 8;

export function Lineage({ id }: { id: string }) {
  const address = id ? `/sessions/${encodeURIComponent(id)}/branches` : "/branches";
  const answer = useRequest<Tree>((signal) => get(address, {}, signal), [address]);
  return (
    <div class="page">
      <h2>{id ? "Lineage" : "Lineage of all recordings"}</h2>
      {id && (
        <p>
          <a href={link("lineage")}>all recordings</a>
        </p>
      )}
      <Loaded state={answer}>{(tree) => <Graph tree={tree} />}</Loaded>
    </div>
  );
}

function Graph({ tree }: { tree: Tree }) {
  const placed = arrange(tree);
  if (!placed.length) {
    return <p class="empty">No branches yet. Create one with `agentrec branch FILE --at POINT`.</p>;
  }
  const depth = placed.reduce((most, it) => Math.max(most, it.depth), 0);
  const width = (depth + 1) * COLUMN;
  return (
    <div class="lineage">
      <svg class="lines" width={width} height={placed.length * ROW} aria-hidden="true">
        {placed.map((it) => it.parent && <path key={it.node.id} d={curve(it.parent, it)} class={kind(it.node)} />)}
        {placed.map((it) => (
          <a key={it.node.id} href={it.node.here ? toRecording(it.node.id) : undefined} tabindex={-1}>
            <circle cx={x(it)} cy={y(it)} r={DOT} class={kind(it.node)} />
          </a>
        ))}
      </svg>
      <ul>
        {placed.map((it) => (
          <li
            key={it.node.id}
            class={`node ${kind(it.node)}`}
            style={{ marginLeft: `${(it.depth + 1) * COLUMN}px` }}
            aria-current={it.node.id === tree.self || undefined}
          >
            <Name node={it.node} self={it.node.id === tree.self} />
            <span class="about-it">{facts(it.node)}</span>
            {it.edge && <span class="about-it">{origin(it.edge)}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Name({ node, self }: { node: Node; self: boolean }) {
  const name = node.title || node.command.replace(/^\S*\//, "") || node.id;
  const state = node.failed ? "failed" : node.state === "live" ? "live" : node.state === "complete" ? "ok" : node.state;
  const badge = <span class={`badge ${node.failed ? "bad" : "good"}`}>{node.here ? state : "not available"}</span>;
  if (!node.here) {
    return (
      <span class="name dim">
        <span>{name}</span> {badge}
      </span>
    );
  }
  return (
    <a class="name" href={toRecording(node.id)}>
      <span>{name}</span> {badge} {self && <span class="badge">this recording</span>}
    </a>
  );
}

function facts(node: Node): string {
  const parts = [
    node.agent,
    node.created ? when(node.created) : "",
    node.duration === null ? "" : duration(node.duration * 1000),
    dollars(node.cost_usd),
    node.errors ? count(node.errors, "error") : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function origin(edge: Edge): string {
  const at = typeof edge.at === "number" ? ` at ${clockText(edge.at * 1000)}` : "";
  const message = edge.message ? `: “${edge.message.slice(0, 160)}”` : "";
  return `${edge.relation || "branched"}${at}${edge.method && edge.method !== "none" ? ` by ${edge.method}` : ""}${message}`;
}

function kind(node: Node): string {
  if (!node.here) return "absent";
  if (node.failed) return "failed";
  return node.state === "live" ? "running" : "fine";
}

const x = (it: Placed) => it.depth * COLUMN + COLUMN / 2;
const y = (it: Placed) => it.row * ROW + ROW / 2;

function curve(from: Placed, to: Placed): string {
  const bend = Math.min(ROW / 2, y(to) - y(from));
  return `M${x(from)} ${y(from)}V${y(to) - bend}Q${x(from)} ${y(to)} ${x(to)} ${y(to)}`;
}

// Parents before children, children under their parent by time; trees by the time of their root.
function arrange(tree: Tree): Placed[] {
  const nodes = new Map(tree.nodes.map((node) => [node.id, node]));
  const children = new Map<string, Edge[]>();
  const isChild = new Set<string>();
  for (const edge of tree.edges) {
    if (!nodes.has(edge.parent) || !nodes.has(edge.child) || isChild.has(edge.child)) continue;
    const others = children.get(edge.parent);
    if (others) others.push(edge);
    else children.set(edge.parent, [edge]);
    isChild.add(edge.child);
  }
  const age = (id: string) => nodes.get(id)?.created ?? "";
  const placed: Placed[] = [];
  const roots = tree.nodes.filter((node) => !isChild.has(node.id));
  roots.sort((a, b) => (b.created ?? "").localeCompare(a.created ?? ""));
  const left: Omit<Placed, "row">[] = roots.map((node) => ({ node, edge: null, depth: 0, parent: null })).reverse();
  for (let it = left.pop(); it; it = left.pop()) {
    const parent: Placed = { ...it, row: placed.length };
    placed.push(parent);
    const below = [...(children.get(it.node.id) ?? [])].sort((a, b) => age(a.child).localeCompare(age(b.child)));
    for (const edge of below.reverse()) left.push({ node: nodes.get(edge.child)!, edge, depth: it.depth + 1, parent });
  }
  return placed;
}
