"""Runs a job of a GitHub workflow as its runner does, for tests: steps, expressions, files for outputs.

    scripts/workflow FILE [JOB]

Steps with ``run`` are run by bash as the runner runs them. Actions in the repository (``uses: ./`` or
``owner/agentrec@ref``) are run by their own steps, other actions have a stand-in in ``ACTIONS``: the
checkout copies the repository, the upload copies files into ``artifacts`` in the job's directory. Only what
such workflows need of the language of expressions is known; anything else is an error.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)+")
SHELLS = {
    # What the runner documents for each.
    None: ["bash", "-e"],
    "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
}


class Job:
    """A job that is run in ``folder``. ``secrets`` are what the repository has."""

    def __init__(self, folder: Path, env: dict[str, str], secrets: dict[str, str]) -> None:
        self.workspace, self.artifacts = folder / "workspace", folder / "artifacts"
        self.temp = folder / "temp"
        shutil.rmtree(folder, ignore_errors=True)  # a runner begins empty, at the same place
        for path in (self.workspace, self.artifacts, self.temp):
            path.mkdir(parents=True)
        self.summary = folder / "summary.md"
        self.env = {
            **env,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
        }
        self.context = {"secrets": secrets, "github": {}, "runner": {"os": "Linux"}}
        self.log = ""

    def run(self, name: str, job: dict) -> bool:
        """Run its steps; whether it succeeded."""
        self.env["GITHUB_JOB"] = name
        return self.steps(job["steps"], {**self.context, "steps": {}}, job.get("env", {}))

    def steps(self, steps: list[dict], context: dict, env: dict) -> bool:
        """Run steps one after the other, those after a failure only if they say so."""
        succeeded = True
        for step in steps:
            condition = str(step.get("if", "success()"))
            if "always()" not in condition and not succeeded:
                continue
            if not truth(evaluated(condition, context)):
                continue
            outputs: dict[str, str] = {}
            values = {k: filled(v, context) for k, v in (env | step.get("env", {})).items()}
            done = self.step(step, context, values, outputs)
            if "id" in step:
                context["steps"][step["id"]] = {"outputs": outputs}
            succeeded = succeeded and done
        return succeeded

    def step(self, step: dict, context: dict, env: dict, outputs: dict) -> bool:
        if "run" in step:
            return self.script(step, context, env, outputs)
        inputs = {name: filled(value, context) for name, value in step.get("with", {}).items()}
        action = step["uses"].partition("@")[0]
        if action == "./" or action.endswith("/agentrec"):
            return self.composite(inputs, outputs)
        return ACTIONS[action](self, inputs)

    def script(self, step: dict, context: dict, env: dict, outputs: dict) -> bool:
        file, output = self.temp / "step.sh", self.temp / "output"
        file.write_text(filled(step["run"], context))
        output.write_text("")
        done = subprocess.run(
            [*SHELLS[step.get("shell")], str(file)],
            cwd=self.workspace / step.get("working-directory", "."),
            env={**self.env, **env, "GITHUB_OUTPUT": str(output)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.log += done.stdout
        outputs |= read_outputs(output.read_text())
        return done.returncode == 0

    def composite(self, given: dict, outputs: dict) -> bool:
        """The action at the root of the repository."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        unknown = given.keys() - action["inputs"].keys()
        assert not unknown, f"the action has no input {unknown}"
        inputs = {k: str(v.get("default", "")) for k, v in action["inputs"].items()} | given
        missing = [k for k, v in action["inputs"].items() if v.get("required") and not inputs[k]]
        assert not missing, f"the action needs {missing}"
        context = {
            **self.context,
            "steps": {},
            "inputs": inputs,
            "github": {"action_path": str(ROOT)},
        }
        done = self.steps(action["runs"]["steps"], context, {})
        outputs |= {k: filled(v["value"], context) for k, v in action["outputs"].items()}
        return done


def read_outputs(text: str) -> dict[str, str]:
    """What a step wrote to $GITHUB_OUTPUT: NAME=VALUE, and NAME<<END with lines."""
    found, lines = {}, text.split("\n")
    while lines:
        line = lines.pop(0)
        name, mark, end = line.partition("<<")
        if mark and "=" not in name:
            value = lines[: lines.index(end)]
            lines = lines[len(value) + 1 :]
            found[name] = "\n".join(value)
        elif line:
            name, _, value = line.partition("=")
            found[name] = value
    return found


def filled(text: object, context: dict) -> str:
    """A text with its expressions replaced."""
    return EXPRESSION.sub(lambda found: str(evaluated(found[1], context)), str(text))


def evaluated(expression: str, context: dict) -> object:
    """``a && b``, ``a || b``, ``a == 'text'``, ``always()``, ``success()``, names such as ``inputs.x``."""
    expression = expression.strip().removeprefix("${{").removesuffix("}}").strip()
    for operator in ("||", "&&"):
        if operator in expression:
            left, _, right = expression.partition(operator)
            value = evaluated(left, context)
            goes_on = truth(value) if operator == "&&" else not truth(value)
            return evaluated(right, context) if goes_on else value
    if "==" in expression:
        left, _, right = expression.partition("==")
        return evaluated(left, context) == evaluated(right, context)
    if expression in ("always()", "success()"):
        return True
    if expression.startswith("'") and expression.endswith("'"):
        return expression[1:-1]
    assert PATH.fullmatch(expression), f"expression {expression!r} is not known"
    value: object = context
    for name in expression.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def truth(value: object) -> bool:
    return value not in ("", False, None, 0)


def checkout(_job: Job, _inputs: dict) -> bool:
    """The repository is there already: whoever makes the job puts it into the workspace."""
    return True


def setup(_job: Job, _inputs: dict) -> bool:
    """A version of a language: the machine's is used."""
    return True


def upload(job: Job, inputs: dict) -> bool:
    """Copy files to the job's artifacts."""
    target = job.artifacts / inputs.get("name", "artifact")
    target.mkdir(exist_ok=True)
    for pattern in inputs["path"].split("\n"):
        for path in glob.glob(os.path.join(job.workspace, pattern.strip())):
            copy = shutil.copytree if os.path.isdir(path) else shutil.copy2
            copy(path, target / os.path.basename(path))
    return True


def restore_cache(_job: Job, inputs: dict) -> bool:
    """A cache is a directory beside the job's: it is the same in the next job on this machine."""
    return bool(inputs["path"] and inputs["key"])


ACTIONS = {
    "actions/checkout": checkout,
    "actions/setup-python": setup,
    "actions/setup-node": setup,
    "actions/upload-artifact": upload,
    "actions/cache": restore_cache,
}


def main(file: str, name: str = "") -> int:
    workflow = yaml.safe_load(Path(file).read_text())
    name = name or next(iter(workflow["jobs"]))
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        job = Job(Path(folder) / "job", dict(os.environ), {})
        shutil.copytree(
            ROOT, job.workspace, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*")
        )
        good = job.run(name, workflow["jobs"][name])
        sys.stdout.write(job.log)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
