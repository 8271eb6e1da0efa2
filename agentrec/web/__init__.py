"""The library over HTTP, for the page, for scripts and for other tools; see docs/http.md."""
