"""Every operation does what the document says, for whatever is sent."""

from copy import deepcopy

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from agentrec.web.openapi import document
from tests.web.serving import TOKEN

IDS = ["agent-1", "shell-1", "torn-1", "nobody"]
FILES = "/api/v1/sessions"  # not every file is one that can be read
LIVE = "/api/v1/sessions/{id}/live"  # has no end; it has tests of its own
OPERATIONS = [
    (method, path) for path, them in document()["paths"].items() for method in them if path != LIVE
]
BOUNDED = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def api():
    """The document, with ids that exist, so that answers are more than 404."""
    told = deepcopy(document())
    for methods in told["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "id":
                    parameter["schema"] = {"type": "string", "enum": IDS}
    return schemathesis.openapi.from_dict(told)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_as_the_document_says(api, server, method, path, mode):
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @BOUNDED
    def check(case):
        case.call_and_validate(
            base_url=f"http://{server.host}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            excluded_checks=[positive_data_acceptance] if path == FILES else [],
        )

    try:
        check()
    except Unsatisfiable:
        pytest.skip("nothing wrong can be sent there")
