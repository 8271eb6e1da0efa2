"""Verdicts as JUnit XML."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from agentrec.compare.gate import RuleVerdict
from agentrec.compare.gate_rules import GateRule
from agentrec.compare.junit import junit_xml


@given(st.lists(st.tuples(st.text(), st.text(), st.booleans(), st.text()), max_size=4))
def test_any_text_is_well_formed(told):
    verdicts = [RuleVerdict(GateRule(rule, "tests"), name, *rest) for rule, name, *rest in told]
    root = ET.fromstring(junit_xml(verdicts).encode(errors="surrogatepass"))
    suite = root.find("testsuite")
    assert int(suite.get("tests")) == len(suite.findall("testcase")) == len(verdicts)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))


def test_a_broken_rule():
    verdict = RuleVerdict(GateRule("cost>+20%", "figure"), 'a"<b>', broken=True, reason="$2 & more")
    case = ET.fromstring(junit_xml([verdict])).find("testsuite/testcase")
    assert (case.get("name"), case.get("classname")) == ("cost>+20%", 'a"<b>')
    assert case.find("failure").get("message") == "$2 & more"
