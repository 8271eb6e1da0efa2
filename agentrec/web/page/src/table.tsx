// A table with names in the first column and numbers in the others.
import type { ComponentChildren } from "preact";

interface Props {
  columns: string[];
  rows: ComponentChildren[][];
}

const numeric = (column: number) => (column ? "n" : undefined);

export function NumberTable({ columns, rows }: Props) {
  return (
    <div class="scrolled" role="region" aria-label={columns[0]} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((title, column) => (
              <th key={title} class={numeric(column)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, column) => (
                <td key={column} class={numeric(column)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
