"""What the browser tests share: axe."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT


@pytest.fixture
def axe():
    """`axe(page)`: what is wrong with a page for someone who cannot see, hear or point, a line each."""

    def faults(page):
        if not page.evaluate("'axe' in window"):  # To bring it into a page takes as long as to run it.
            page.evaluate(AXE_SCRIPT)
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations)")
        return [f"{fault['id']}: {node['html'][:200]}" for fault in violations for node in fault["nodes"]]

    return faults
