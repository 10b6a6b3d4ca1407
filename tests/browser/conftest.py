"""What the browser tests share: axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe


@pytest.fixture
def axe():
    """`axe(page)`: what is wrong with a page for someone who cannot see, hear or point, a line each; by one rule, or all."""

    def faults(page, *rules):
        only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
        result = Axe().run(page, options={"resultTypes": ["violations"], **only})
        return [
            f"{fault['id']}: {node['html'][:200]}" for fault in result.response["violations"] for node in fault["nodes"]
        ]

    return faults
