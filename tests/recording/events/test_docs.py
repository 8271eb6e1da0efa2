"""What is made from the typed events is up to date."""

from scripts import event_docs


def test_docs_and_page_types_are_not_stale():
    stale = [path.name for path in event_docs.stale()]
    assert not stale, "run scripts/event_docs"
