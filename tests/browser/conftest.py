"""What the browser tests share: signing in without typing, and axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client


@pytest.fixture
def sign_in(live_server):
    """`sign_in(page, staff)`: the page's browser is signed in as this person."""

    def put_cookie(page, staff):
        client = Client()
        client.force_login(staff)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return put_cookie


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
