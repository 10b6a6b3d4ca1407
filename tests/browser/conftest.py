"""What the browser tests share: axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe


@pytest.fixture
def axe():
    """`axe(page)`: what is wrong with a page for someone who cannot see, hear or point, a line each."""

    def faults(page):
        result = Axe().run(page)
        return [
            f"{fault['id']}: {node['html'][:200]}" for fault in result.response["violations"] for node in fault["nodes"]
        ]

    return faults
