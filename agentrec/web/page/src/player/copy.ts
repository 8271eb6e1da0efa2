// What is copied from the screen: plain text, row by row, without the blanks at the right margin.

export function copiedRows(event: ClipboardEvent, screen: HTMLElement): void {
  const selection = getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return;
  const range = selection.getRangeAt(0);
  const rows = [...screen.querySelectorAll(".line")].filter((line) => range.intersectsNode(line));
  if (!rows.length) return;
  event.clipboardData?.setData("text/plain", rows.map((line) => selected(line, range)).join("\n"));
  event.preventDefault();
}

// The part of a row that is in the range.
function selected(line: Element, range: Range): string {
  const part = document.createRange();
  part.selectNodeContents(line);
  if (line.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset);
  if (line.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset);
  return part.toString().trimEnd();
}
