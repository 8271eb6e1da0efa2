"""Events of an agent, as tests compare them."""


def brief(events):
    """track/kind and the one thing that matters."""
    keys = ("state", "text", "name", "output", "usage", "n", "role", "agent")
    rows = []
    for event in events:
        value = next((event.data[key] for key in keys if key in event.data), None)
        rows.append((f"{event.track}/{event.kind}", value, event.actor))
    return rows
