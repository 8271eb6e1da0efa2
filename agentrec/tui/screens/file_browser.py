"""The files at a time of the recording: tree, contents, and what changed before and since."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.worker import get_current_worker

from agentrec.errors import AgentrecError
from agentrec.text import one_line
from agentrec.tui.draw import file_tree
from agentrec.tui.draw.file_tree import FileTree
from agentrec.tui.draw.snapshot_text import about, note, title
from agentrec.tui.playback.snapshot_loader import BEFORE, NOW, Page
from agentrec.tui.widgets.file_list import FileList
from agentrec.tui.widgets.prompt import Prompt
from agentrec.tui.widgets.status_line import KeyHints, StatusLine
from agentrec.tui.widgets.tab_bar import TabBar
from agentrec.tui.widgets.text_page import TextPage, colored
from agentrec.tui.words import error_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.segment import Segment
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agentrec.tui.draw.file_tree import FileRow
    from agentrec.tui.playback.snapshot_loader import SnapshotLoader, SnapshotView
    from agentrec.tui.theme import RoleStyles

CONTENT = "content"  # the tab that shows contents; the others, BEFORE and NOW, are comparisons
TABS = (CONTENT, BEFORE, NOW)
NARROW_COLUMNS = 80  # below this width, list and page stand above each other
HINTS = (
    ("↑ ↓", "select"),
    ("enter", "open"),
    ("tab", "file or diffs"),
    ("space b", "page"),
    ("{ }", "snapshot"),
    ("/", "filter"),
    ("esc", "back"),
)


class FileBrowser(ModalScreen["int | None"]):
    """Closes with the time of the snapshot the user went to, None if it is the first one shown.

    ``tab`` is BEFORE or NOW. ``fail`` gets the reason when there is nothing to show.
    """

    CSS_PATH = "file_browser.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "go(0)", show=False),
        Binding("end,G", "go(1000000000)", show=False),
        Binding("right,l", "unfold", show=False),
        Binding("left,h", "fold", show=False),
        Binding("enter", "enter", show=False),
        Binding("tab", "switch_tab(1)", show=False),
        Binding("shift+tab", "switch_tab(-1)", show=False),
        Binding("d", "diff", show=False),
        Binding("space", "read(1)", show=False),
        Binding("b", "read(-1)", show=False),
        Binding("shift+down,J", "scroll(0,1)", show=False),
        Binding("shift+up,K", "scroll(0,-1)", show=False),
        Binding("shift+right,greater_than_sign", "scroll(8,0)", show=False),
        Binding("shift+left,less_than_sign", "scroll(-8,0)", show=False),
        Binding("right_curly_bracket,right_square_bracket", "snapshot(1)", show=False),
        Binding("left_curly_bracket,left_square_bracket", "snapshot(-1)", show=False),
        Binding("slash", "filter", show=False, priority=True),
        Binding("escape,q,s", "close", show=False),
        Binding("ctrl+c", "app.quit", show=False, priority=True),
    ]

    tab = reactive(BEFORE)

    class Compared(Message, bubble=False):
        """A snapshot was compared; ``tree`` is its tree of files."""

        def __init__(self, view: SnapshotView, tree: FileTree) -> None:
            super().__init__()
            self.view, self.tree = view, tree

    class NoMoreSnapshots(Message, bubble=False):
        """There is no next or previous snapshot."""

    class ComparisonFailed(Message, bubble=False):
        """A snapshot could not be read or compared."""

        def __init__(self, reason: str) -> None:
            super().__init__()
            self.reason = reason

    class PageRead(Message, bubble=False):
        """The page for a row was read."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

    class PageColored(Message, bubble=False):
        """The syntax colors of a page."""

        def __init__(self, page: Page, lines: list[list[Segment]]) -> None:
            super().__init__()
            self.page, self.lines = page, lines

    def __init__(
        self,
        role_styles: RoleStyles,
        snapshots: SnapshotLoader,
        t: int,
        tab: str,
        fail: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._role_styles = role_styles
        self.snapshots = snapshots
        self._t, self._fail = t, fail
        self.set_reactive(FileBrowser.tab, tab)
        self.view: SnapshotView | None = None
        self._first_seq: int | None = None  # of the snapshot shown first
        self._started = False

    def compose(self) -> ComposeResult:
        yield StatusLine(self._role_styles, id="about")
        yield TabBar(self._role_styles)
        with Container(id="both"):
            yield FileList(self._role_styles)
            yield TextPage(self._role_styles)
        yield Prompt()
        yield KeyHints(self._role_styles, hints=HINTS)

    def on_mount(self) -> None:
        self.list = self.query_one(FileList)
        self.page = self.query_one(TextPage)
        self._line = self.query_one("#about", StatusLine)
        self._tabs = self.query_one(TabBar)
        self._prompt = self.query_one(Prompt)
        self._line.left = [("reading the snapshot", "dim")]
        self._compare(lambda: self.snapshots.at(self._t, self._against))
        self._started = True

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW_COLUMNS, "narrow")

    def watch_tab(self, tab: str) -> None:
        if self.view:
            self._tabs.current = tab

    @property
    def busy(self) -> bool:
        """Whether something is being read."""
        running = any(worker.node is self and not worker.is_finished for worker in self.workers)
        return not self._started or running

    @property
    def _against(self) -> str:
        return NOW if self.tab == NOW else BEFORE

    # reading, in threads

    def _compare(self, load: Callable[[], SnapshotView | None]) -> None:
        """Show what ``load`` gives."""
        tree = self.list.tree_of_files
        unfolded = frozenset(tree.open if tree else ())
        self._load(load, unfolded, tree.filter_text if tree else "")

    @work(thread=True, exclusive=True, group="compare", description="compare snapshots")
    def _load(
        self, load: Callable[[], SnapshotView | None], unfolded: frozenset[str], filter_text: str
    ) -> None:
        message: Message
        try:
            view = load()
        except (AgentrecError, OSError) as error:
            message = self.ComparisonFailed(error_text(error))
        else:
            message = self.NoMoreSnapshots()
            if view:
                tree = FileTree(view.contents, view.changes, title(view), unfolded)
                tree.filter(filter_text)
                message = self.Compared(view, tree)
        self._post(message)

    @work(thread=True, exclusive=True, group="read", description="read a file")
    def _read_page(self, load: Callable[[], Page], path: str, *, dark: bool) -> None:
        try:
            page = load()
        except (AgentrecError, OSError) as error:
            page = Page("note", path, [str(error)])
        self._post(self.PageRead(page))
        if self._role_styles.mono or get_current_worker().is_cancelled:
            return
        lines = colored(page, dark=dark)
        if lines:
            self._post(self.PageColored(page, lines))

    def _post(self, message: Message) -> None:
        """Post from a thread, unless a newer request has replaced the one it answers."""
        if not get_current_worker().is_cancelled:
            self.post_message(message)

    @on(Compared)
    def _show(self, message: Compared) -> None:
        view, tree = message.view, message.tree
        row = self.list.row
        self.view = view
        self._first_seq = view.recorded.seq if self._first_seq is None else self._first_seq
        self._line.left, self._line.right = about(view)
        self._tabs.tabs = [(name, None) for name in TABS]
        self._tabs.current = self.tab
        index = tree.nearest(row) if row else None
        self.list.fill(tree, min(1, len(view.changes)) if index is None else index)

    @on(NoMoreSnapshots)
    def _show_no_more(self) -> None:
        self._line.right = [("  no more snapshots", "warning")]

    @on(ComparisonFailed)
    def _show_failure(self, message: ComparisonFailed) -> None:
        if self.view is None:
            self.dismiss(None)
            self._fail(message.reason)
            return
        self.tab = BEFORE if self.tab == NOW else self.tab
        self._line.left, self._line.right = [(one_line(message.reason), "warning")], []

    @on(PageRead)
    def _show_page(self, message: PageRead) -> None:
        row = self.list.row
        if row and row.path == message.page.name:
            self.page.show(message.page)

    @on(PageColored)
    def _show_colors(self, message: PageColored) -> None:
        self.page.set_colors(message.page, message.lines)

    def _read(self, row: FileRow) -> None:
        """Show the page for ``row``."""
        view, tree = self.view, self.list.tree_of_files
        if view is None or tree is None:
            return
        if row.kind in (file_tree.FOLDER, file_tree.LEFT_OUT):
            self.workers.cancel_group(self, "read")
            self.page.show(Page("note", row.path, [note(row)]))
            return
        unchanged = self.tab == CONTENT or not tree.changed(row.path)
        content = bool(row.path) and tree.has_file(row.path) and unchanged
        read = self.snapshots.file if content else self.snapshots.difference
        path, dark = row.path, self.app.current_theme.dark
        self._read_page(lambda: read(view, path), path, dark=dark)

    # keys and mouse

    @on(FileList.RowSelected)
    def _select(self, message: FileList.RowSelected) -> None:
        message.stop()
        if message.row == self.list.row:
            self._read(message.row)

    @on(FileList.RowOpened)
    def _open(self, message: FileList.RowOpened) -> None:
        message.stop()
        self._enter(message.row)

    @on(TabBar.TabClicked)
    def _click_tab(self, message: TabBar.TabClicked) -> None:
        message.stop()
        self._show_tab(message.name)

    @on(Prompt.Edited)
    def _edit_filter(self, message: Prompt.Edited) -> None:
        message.stop()
        self.list.filter(message.text)

    @on(Prompt.Submitted)
    def _keep_filter(self, message: Prompt.Submitted) -> None:
        message.stop()

    @on(Prompt.Canceled)
    def _drop_filter(self, message: Prompt.Canceled) -> None:
        message.stop()
        self.list.filter("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the prompt is open its keys are letters."""
        if action == "filter" and self._started and self._prompt.kind:
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        tree = self.list.tree_of_files
        self._prompt.ask("file", tree.filter_text if tree else "")

    def action_move(self, by: int) -> None:
        self.list.move(by)

    def action_page(self, by: int) -> None:
        self.list.page(by)

    def action_go(self, at: int) -> None:
        self.list.go(at)

    def action_unfold(self) -> None:
        if not self.list.fold(to=True):
            self.list.move(1)

    def action_fold(self) -> None:
        if not self.list.fold(to=False):
            self.list.go_to_parent()

    def action_enter(self) -> None:
        if not self.list.fold() and self.list.row:
            self._enter(self.list.row)

    def _enter(self, row: FileRow) -> None:
        """Show the diff of a changed file, the content of any other."""
        if row.kind == file_tree.FILE and self.tab != CONTENT:
            self._show_tab(CONTENT)
        elif row.kind == file_tree.CHANGE and self.tab == CONTENT:
            self._show_tab(self.view.against if self.view else BEFORE)

    def action_switch_tab(self, by: int) -> None:
        self._show_tab(TABS[(TABS.index(self.tab) + by) % len(TABS)])

    def action_diff(self) -> None:
        self._show_tab(BEFORE if self.tab == NOW else NOW)

    def _show_tab(self, tab: str) -> None:
        self.tab = tab
        view = self.view
        if view is None:
            return
        if tab in (CONTENT, view.against):
            self.list.go(self.list.at)
        else:
            self._compare(lambda: self.snapshots.compared(view.recorded, tab))

    def action_read(self, by: int) -> None:
        self.page.scroll_relative(y=by * max(1, self.page.size.height - 1), animate=False)

    def action_scroll(self, dx: int, dy: int) -> None:
        self.page.scroll_relative(x=dx, y=dy, animate=False)

    def action_snapshot(self, by: int) -> None:
        view = self.view
        if view is not None:
            self._compare(lambda: self.snapshots.neighbor(view.recorded, by, self._against))

    def action_close(self) -> None:
        tree = self.list.tree_of_files
        if tree and tree.filter_text:
            self.list.filter("")
            return
        view = self.view
        moved = view is not None and view.recorded.seq != self._first_seq
        self.dismiss(view.recorded.t if view and moved else None)
