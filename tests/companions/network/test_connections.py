"""Which of the sockets are connections of the recorded command, and when they have ended."""

from agentrec.companions.network.connections import BURST_EVENTS, Connections
from agentrec.companions.network.socket_table import TcpSocket


def tcp(cookie, inode=0, *, own_port=40000, port=443, sent=0, received=0, listening=False):
    return TcpSocket(
        bytes([cookie]) * 8, inode, own_port, "192.0.2.7", port, listening, sent, received
    )


def test_a_connection_from_its_first_look_to_its_last():
    known = Connections()
    assert known.update([tcp(1, 11)], 1.0) == [11]
    known.owned({11: 7})
    assert known.update([tcp(1, 11, sent=10, received=20)], 1.5) == []
    assert known.update([tcp(1, 0, sent=30, received=40)], 2.0) == []  # closed, and not yet gone
    assert known.ended == []
    known.update([], 2.5)
    assert known.ended == [
        {
            "pid": 7,
            "address": "192.0.2.7",
            "port": 443,
            "sent": 30,
            "received": 40,
            "duration_ms": 1500,
        }
    ]


def test_what_is_still_open_at_the_end():
    known = Connections()
    known.update([tcp(1, 11), tcp(2, 12)], 1.0)
    known.owned({11: 7})
    known.finish(3.0)
    assert [(data["pid"], data["open"]) for data in known.ended] == [(7, True)]


def test_of_one_that_is_closed_the_last_that_was_told_counts():
    """The kernel keeps a small record of it, without bytes."""
    known = Connections()
    known.update([tcp(1, 11)], 1.0)
    known.owned({11: 7})
    known.update([tcp(1, 11, sent=30, received=40)], 1.5)
    known.update([tcp(1, 0)], 2.0)
    known.finish(2.0)
    (data,) = known.ended
    assert (data["sent"], data["received"]) == (30, 40)
    assert "open" not in data


def test_what_others_accept_and_what_is_the_recorders_own_is_left_out():
    known = Connections(own_port=9999)
    sockets = [
        tcp(1, 11, own_port=8000, port=0, listening=True),
        tcp(2, 12, own_port=8000, port=51000),  # was accepted
        tcp(3, 13, port=9999),  # to the recorder
        tcp(4, 14),
    ]
    assert known.update(sockets, 1.0) == [14]


def test_a_socket_of_somebody_else_is_not_looked_for_for_ever():
    known = Connections()
    wanted = [known.update([tcp(1, 11)], float(n)) for n in range(10)]
    assert wanted == [[11]] * 4 + [[]] * 6
    known.finish(10.0)
    assert known.ended == []


def test_too_many_are_counted():
    known = Connections()
    sockets = [
        tcp(n % 256, n, own_port=n)._replace(cookie=n.to_bytes(8, "big")) for n in range(1, 501)
    ]
    known.update(sockets, 1.0)
    known.owned(dict.fromkeys(range(1, 501), 7))
    known.update([], 1.0)
    assert len(known.ended) == BURST_EVENTS
    assert known.dropped == 500 - BURST_EVENTS
