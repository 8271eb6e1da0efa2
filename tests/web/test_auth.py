"""Who is let in, and what goes with every answer."""

import pytest

from tests.web.serving import API, TOKEN, Serving

PAGES = ["/", "/index.html"]


@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"bearer  x{TOKEN}"],
)
def test_without_the_token_nothing_is_told(server, given):
    answer = server.get("/sessions", Authorization=given)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "agent-1" not in answer.body.decode()
    assert answer.problem


@pytest.mark.parametrize("path", ["/sessions", "/nothing", "/sessions/agent-1/recording", ""])
def test_every_path_of_the_api_needs_it(server, path):
    assert server.get(path, Authorization=None).status == 401


def test_the_token_is_not_taken_from_the_query_of_the_api(server):
    assert server.get(f"/sessions?token={TOKEN}", Authorization=None).status == 401


def test_a_page_asked_for_with_the_token_brings_the_cookie(server):
    answer = server.request("GET", f"/?token={TOKEN}", Authorization=None)
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert answer.headers["cache-control"] == "no-store"
    named = cookie.split(";")[0]
    assert named.startswith(f"agentrec-{server.port}=")
    assert server.get("/sessions", Authorization=None, Cookie=named).status == 200
    assert server.get("/sessions", Authorization=None, Cookie=named[:-1]).status == 401
    others = f'a[b]="c; d"; odd; =; {named}; last={{}}'
    assert server.get("/sessions", Authorization=None, Cookie=others).status == 200


def test_a_page_asked_for_with_a_wrong_token_is_refused(server):
    answer = server.request("GET", "/?token=wrong", Authorization=None)
    assert answer.status == 401
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert b"<p>Open the URL that `agentrec serve` printed</p>" in answer.body
    assert server.get("/sessions?token=wrong", Authorization=None).problem


def test_a_code_lets_in_once(server):
    server.server.keys.add_code("only-once")
    first = server.request("GET", "/?once=only-once", Authorization=None)
    assert first.status == 200
    assert "set-cookie" in first.headers
    assert server.request("GET", "/?once=only-once", Authorization=None).status == 401


def test_the_page_itself_holds_nothing_and_needs_no_token(server):
    answer = server.request("GET", "/", Authorization=None)
    assert answer.status == 200
    assert "set-cookie" not in answer.headers
    assert "agent-1" not in answer.body.decode()


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "localhost.evil.example", "", None, "a b", "127.0.0.1:x"],
)
@pytest.mark.parametrize("path", [f"{API}/sessions", "/"])
def test_another_host_is_refused(server, host, path):
    answer = server.request("GET", path, Host=host)
    assert answer.status in (400, 403)  # without any, it is no HTTP
    assert "agent-1" not in answer.body.decode()


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:{}", "LOCALHOST:9", "127.0.0.1", "[::1]:7"]
)
def test_this_machine_has_several_names_and_tunnels_other_ports(server, host):
    assert server.get("/sessions", Host=host.format(server.port)).status == 200


def test_more_names_are_taken_when_they_are_allowed(folder):
    with Serving(folder, hosts=("recorder.lan",)) as server:
        assert server.get("/sessions", Host="recorder.lan").status == 200
        assert server.get("/sessions", Host="other.lan").status == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost",
        "http://127.0.0.1:1",
        "file://",
        "http://{}.x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_other_sites_are_refused_also_with_the_token(server, origin, method):
    origin = origin.format(server.host)
    body = {"label": "x"} if method == "POST" else None
    path = f"{API}/sessions/agent-1/moments" if body else f"{API}/sessions"
    answer = server.request(method, path, body, Origin=origin)
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_our_own_page_is_served(server):
    assert server.get("/sessions", Origin=f"http://{server.host}").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_a_browser_calls_foreign_is_refused(server, site):
    assert server.get("/sessions", **{"Sec-Fetch-Site": site}).status == 403
    assert server.get("/sessions", **{"Sec-Fetch-Site": "same-origin"}).status == 200


@pytest.mark.parametrize("path", ["/", f"{API}/sessions", f"{API}/nothing"])
def test_what_goes_with_every_answer(server, path):
    headers = server.request("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "server" not in headers


def test_answers_are_not_kept(server):
    assert server.get("/sessions").headers["cache-control"] == "no-store"


def test_there_is_no_server_without_a_token(folder):
    with pytest.raises(ValueError, match="missing token"):
        Serving(folder, token="")


def test_a_header_that_is_given_twice_counts_as_none(server):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("GET", f"{API}/sessions", skip_host=True)
    connection.putheader("Host", server.host)
    connection.putheader("Authorization", "Bearer wrong")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


# --- links to one recording ---------------------------------------------------------------------------


def linked(server, name="agent-1", hours=1):
    """The cookie that a link to a recording brings."""
    answer = server.request("POST", f"{API}/sessions/{name}/share", {"hours": hours})
    assert answer.status == 201
    address = answer.json["address"]
    assert address.endswith(f"#/r/{name}")
    page = server.request("GET", address.partition("#")[0], Authorization=None)
    assert page.status == 200
    cookie = page.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    assert TOKEN not in cookie + address
    return cookie.partition(";")[0]


def test_a_link_shows_one_recording(server):
    cookie = linked(server)
    for part in ("", "/timeline", "/film?t=0", "/screen", "/events", "/activity", "/summary"):
        answer = server.get(f"/sessions/agent-1{part}", Authorization=None, Cookie=cookie)
        assert answer.status == 200, part
    found = server.get("/search?q=tests&session=agent-1", Authorization=None, Cookie=cookie)
    assert found.json["total"]


@pytest.mark.parametrize(
    "path",
    [
        "/sessions",
        "/sessions/shell-1",
        "/sessions/shell-1/screen",
        "/sessions/agent-1screen",
        "/sessions/agent-1/recording",
        "/sessions/agent-1/branches",
        "/sessions/agent-1/timeline/",
        "/sessions/agent-1/../shell-1/screen",
        "/sessions/agent-1%2F..%2Fshell-1",
        "/search?q=tests",
        "/search?q=tests&session=agent-1&session=",
        "/search?q=tests&session=&session=agent-1",
        "/search?q=tests&session=shell-1",
        "/cost",
        "/",
    ],
)
def test_a_link_shows_nothing_else(server, path):
    answer = server.get(path, Authorization=None, Cookie=linked(server))
    assert answer.status == 401


def test_a_link_changes_nothing(server):
    cookie = linked(server)
    for part in ("moments", "notes", "share", "seek"):
        answer = server.request(
            *("POST", f"{API}/sessions/agent-1/{part}", {"label": "x"}),
            Authorization=None,
            Cookie=cookie,
        )
        assert answer.status == 401, part
    assert server.request("POST", "/v1/traces", {}, Authorization=None, Cookie=cookie).status == 401


def test_a_link_expires_and_cannot_be_changed(server):
    keys = server.server.keys
    name = f"agentrec-{server.port}-share"
    good = keys.share("agent-1", 1 << 40)
    _, expires, key = good.split(".")
    other = keys.share("shell-1", 1 << 40).split(".")[0]
    later = str(int(expires) + 1)
    bad = [
        keys.share("agent-1", 1),
        f"{other}.{expires}.{key}",
        f"{good.split('.')[0]}.{later}.{key}",
        good[:-1],
        f"{good}x",
        "..",
        "",
        "\xff.1.2",
    ]
    path = "/sessions/agent-1"
    assert server.get(path, Authorization=None, Cookie=f"{name}={good}").status == 200
    for token in bad:
        assert server.get(path, Authorization=None, Cookie=f"{name}={token}").status == 401
    page = server.request("GET", f"/?share={bad[0]}", Authorization=None)
    assert page.status == 401
    assert b"This link has expired" in page.body


def test_a_link_tells_nothing_of_other_recordings_nor_how_to_embed_this_one(folder):
    with Serving(folder, embed=("https://blog.example",)) as server:
        cookie = linked(server)
        path = "/sessions/agent-1"
        assert server.get(path).json["embed"]
        assert server.get(path, Authorization=None, Cookie=cookie).json["embed"] is None
        shared = server.get(f"{path}/timeline", Authorization=None, Cookie=cookie).json
        assert shared["branches"] == []
