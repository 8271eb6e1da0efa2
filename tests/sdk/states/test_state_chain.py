"""States through a chain and back: what is read is what was stored."""

import json

from hypothesis import given
from hypothesis import strategies as st

from agentrec.sdk.states.plain_json import JsonText
from agentrec.sdk.states.state_chain import KEYFRAME_INTERVAL, StateChain
from agentrec.sdk.states.state_patch import difference, patched
from agentrec.sdk.states.state_reader import StoredStates, rebuilt

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text('ab\u00e9,]}{"\\', max_size=200)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4)
    ),
    max_leaves=30,
)
states = (
    st.dictionaries(st.sampled_from(["messages", "plan", "n", "x y"]), values, max_size=4) | values
)


def through(states):
    chain, index, kept = StateChain(JsonText()), StoredStates(), []
    for seq, state in enumerate(states):
        kept.append(json.loads(chain.store(state)))
        assert index.add(kept[-1], seq, "input") == seq
    return kept, [rebuilt(kept[seq] for seq, _ in index.needed(n)) for n in range(len(kept))]


@given(st.lists(states, max_size=12))
def test_states_are_read_as_they_were_stored(given_states):
    _, read = through(given_states)
    assert json.dumps(read, sort_keys=True) == json.dumps(given_states, sort_keys=True)


@given(values, values)
def test_a_difference_makes_the_one_into_the_other(old, new):
    patch = difference(old, new)
    made = new if patch is None else patched(old, patch)
    assert json.dumps(made, sort_keys=True) == json.dumps(new, sort_keys=True)


def test_a_growing_conversation_is_stored_as_what_was_added():
    messages = [{"role": "user", "content": f"message {n} " * 10} for n in range(200)]
    given_states = [{"messages": messages[:n], "n": n} for n in range(200)]
    kept, read = through(given_states)
    assert read == given_states
    whole = sum(len(json.dumps(state)) for state in given_states)
    assert sum(len(json.dumps(one)) for one in kept) * 10 < whole
    assert [n for n, one in enumerate(kept) if "full" in one][
        -1
    ] == 200 // KEYFRAME_INTERVAL * KEYFRAME_INTERVAL


def test_a_changed_item_is_stored_alone():
    rows = [{"id": n, "text": f"row {n} " * 5} for n in range(40)]
    changed = [{**row, "text": "other"} if row["id"] == 20 else row for row in rows]
    kept, read = through([{"rows": rows}, {"rows": changed}, {"rows": changed}])
    assert kept[1]["patch"]["in"]["rows"] == {"keep": 20, "add": [changed[20]], "tail": 19}
    assert kept[2] == {"i": 2}
    assert read[2] == {"rows": changed}


def test_a_state_that_changes_later_is_stored_as_it_was():
    state = {"messages": ["a"]}
    chain = StateChain(JsonText())
    first = json.loads(chain.store(state))
    state["messages"].append("b")
    second = json.loads(chain.store(state))
    assert rebuilt([first]) == {"messages": ["a"]}
    assert rebuilt([first, second]) == {"messages": ["a", "b"]}
