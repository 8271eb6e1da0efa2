"""Installs each framework, tests its bridge, and prints a table; see ``scripts/frameworks``."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
PLACE = ROOT / ".tools" / "frameworks"
EXAMPLES = "tests/sdk/bridges/test_examples.py::test_the_example"  # of docs/python.md
# What a passed test shows, by words in its name: those of agents check tools, sub-agents and tokens at once.
SHOWN = {
    "sync": ("[sync", "a_graph_and", "recorded_alike[chat]", "spans_go_to"),
    "async": ("[async", "async_stream", "recorded_alike[async", "tasks_have_their"),
    "streaming": ("streamed", "async_stream", "recorded_alike["),
    "tools": ("tools_and_tokens", "a_graph_and", "spans_go_to"),
    "sub-agents": ("agents_tools_and_tokens", "crews_tools_and_tokens"),
    "tokens equal": ("tools_and_tokens", "a_graph_and", "recorded_alike[", "a_real_instrumentor"),
}
TOOLS = ("pytest", "pytest-timeout", "hypothesis", "hatchling", "editables")


class Framework(NamedTuple):
    """``packages`` to install; versions of ``shown`` are printed; ``test`` is in tests/sdk/bridges.

    ``example`` is the one in docs/python.md, if there is one.
    """

    packages: tuple[str, ...]
    shown: tuple[str, ...]
    test: str
    example: str = ""


FRAMEWORKS = {
    "clients": Framework(
        ("openai", "anthropic"), ("openai", "anthropic"), "test_model_clients.py", "clients"
    ),
    "clients-before": Framework(
        ("openai<3", "anthropic<2"), ("openai", "anthropic"), "test_model_clients.py", "clients"
    ),
    "langgraph": Framework(
        ("langgraph", "langchain-openai"),
        ("langgraph", "langchain-core", "langchain-openai"),
        "test_langchain.py",
        "langgraph",
    ),
    "crewai": Framework(
        ("crewai[anthropic]",), ("crewai", "openai", "anthropic"), "test_crewai.py", "crewai"
    ),
    "openai-agents": Framework(
        ("openai-agents",), ("openai-agents", "openai"), "test_openai_agents.py", "openai-agents"
    ),
    "opentelemetry": Framework(
        (
            "opentelemetry-sdk",
            "opentelemetry-instrumentation-genai-openai",
            "openinference-instrumentation-openai",
            "openai",
        ),
        (
            "opentelemetry-sdk",
            "opentelemetry-instrumentation-genai-openai",
            "openinference-instrumentation-openai",
        ),
        "test_opentelemetry_spans.py",
    ),
    "pydantic-ai": Framework(
        ("pydantic-ai-slim[openai]", "opentelemetry-sdk"),
        ("pydantic-ai-slim", "openai", "opentelemetry-sdk"),
        "test_pydantic_ai.py",
        "pydantic-ai",
    ),
    "strands": Framework(
        ("strands-agents[openai]", "opentelemetry-sdk"),
        ("strands-agents", "openai", "opentelemetry-sdk"),
        "test_strands.py",
        "strands",
    ),
}


def prepare(name: str, framework: Framework) -> Path:
    """The environment's Python. Raises CalledProcessError."""
    place = PLACE / name
    python = place / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--upgrade", *framework.packages, *TOOLS], check=True)
    subprocess.run([*install, "--editable", str(ROOT)], check=True)
    return python


def versions(place: Path, names: tuple[str, ...]) -> str:
    """The versions of packages in an environment."""
    folders = [str(path) for path in place.glob("lib/python*/site-packages")]
    found = {it.metadata["Name"].lower(): it.version for it in distributions(path=folders)}
    return ", ".join(f"{name} {found.get(name, '?')}" for name in names)


def test(python: Path, framework: Framework, report: Path) -> list[tuple[str, str]]:
    """Each test and how it ended."""
    files = [f"tests/sdk/bridges/{framework.test}"]
    if framework.example:
        files.append(f"{EXAMPLES}[{framework.example}]")
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
    report.unlink(missing_ok=True)
    subprocess.run([*command, *files], cwd=ROOT, capture_output=True, check=False)
    if not report.exists():
        return [(files[0], "failed to start")]
    found = []
    for case in ET.parse(report).getroot().iter("testcase"):  # our own file
        bad = next((child.tag for child in case if child.tag in ("failure", "error")), "")
        skipped = case.find("skipped") is not None
        found.append((str(case.get("name")), bad or ("skipped" if skipped else "passed")))
    return found


def table(name: str, cases: list[tuple[str, str]]) -> str:
    """A line that says what the framework's tests have shown, in columns."""
    good = {case.removeprefix("test_") for case, how in cases if how == "passed"}
    bad = any(how not in ("passed", "skipped") for _, how in cases)
    shown = [
        "yes" if any(word in case for case in good for word in words) else "-"
        for words in SHOWN.values()
    ]
    return f"| {name} | {' | '.join(shown)} | {'no' if bad else 'yes'} |"


def main(names: list[str]) -> int:
    failed = False
    columns = ["framework", "versions", *SHOWN, "all passed"]
    lines = [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]
    for name in names or FRAMEWORKS:
        framework = FRAMEWORKS[name]
        try:
            python = prepare(name, framework)
        except subprocess.CalledProcessError as error:
            print(f"{name}: cannot be installed: {error}")
            failed = True
            continue
        print(f"{name}: {versions(PLACE / name, framework.shown)}")
        cases = test(python, framework, PLACE / f"{name}.xml")
        lines.append(table(f"{name} | {versions(PLACE / name, framework.shown)}", cases))
        for case, how in cases:
            failed = failed or how not in ("passed", "skipped")
            print(f"  {how:<8} {case.removeprefix('test_').replace('_', ' ')}")
    print("\n".join(["", *lines]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
