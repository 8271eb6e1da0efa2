// What is copied from the screen: plain text, row by row, without the blanks at the right margin.

export function copiedRows(event: ClipboardEvent): void {
  const text = selectedRows();
  if (text === null) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}

// The rows of a screen that are selected; null if none is.
export function selectedRows(): string | null {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const rows = [...document.querySelectorAll(".screen .line")].filter((line) => range.intersectsNode(line));
  return rows.length ? rows.map((line) => selected(line, range)).join("\n") : null;
}

// The part of a row that is in the range.
function selected(line: Element, range: Range): string {
  const part = document.createRange();
  part.selectNodeContents(line);
  if (line.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (line.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  return part.toString().trimEnd();
}
