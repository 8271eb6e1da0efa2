"""The page's files, and nothing else."""

import pytest


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "/static/../app.py",
        "//etc/passwd",
        "/index.html/",
        "/nothing",
        "/....//app.py",
        "/app.py",
        "/%00.js",
        "/page/package.json",
    ],
)
def test_the_page_is_made_of_its_own_files_only(server, path):
    answer = server.request("GET", path)
    assert answer.status == 404
    assert b"import" not in answer.body
