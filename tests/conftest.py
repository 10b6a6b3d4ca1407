"""Fixtures of the whole suite: the database role of the tests, and the browser."""

import gc
import os
import shutil
import time
from contextlib import contextmanager, suppress

import pgtrigger
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import caches
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client, TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from ngo.local import DATABASE
from tests import template

PHONE = {"width": 360, "height": 740}
BROWSER_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


# --- The database: tests work with the web role's rights, as the application does ------------------------------------
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Migrate once, for all of pytest's processes: each one's database is a copy of that one."""
    template.make()
    connection.settings_dict["TEST"]["TEMPLATE"] = DATABASE


@pytest.fixture(autouse=True)
def with_the_web_roles_rights(request):
    """Give up the owner's rights for the length of the test's transaction; its rollback gives them back.

    A test with real transactions (transaction=True, live_server) is the owner: it must be able to empty the tables after
    itself. It asks for `web_role` where rights are what it is about.
    """
    marker = request.node.get_closest_marker("django_db")
    real_transactions = {"transactional_db", "live_server", "django_db_reset_sequences"} & set(request.fixturenames)
    if real_transactions or not (marker or "db" in request.fixturenames):
        return
    if marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])):
        return
    request.getfixturevalue("db")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_WEB_ROLE}")


KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # The same before and after.


@pytest.fixture(scope="session", autouse=True)
def only_what_was_written_is_emptied():
    """After a test with real transactions Django truncates every table and writes the rights of every model anew: with two
    hundred tables that is a second each time. Empty those that hold something instead."""

    def empty_once():
        tables = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in KEPT]
        written = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in tables)
        with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(written)
            if names := [name for (name,) in cursor.fetchall()]:
                cursor.execute("; ".join(f'DELETE FROM "{name}"' for name in names))
            cursor.execute(written)
            return not cursor.fetchall()

    def empty(_case):
        """A page may still be asking when its test is over, and write or wait meanwhile: a moment later it has its answer."""
        for _again in range(3):
            with suppress(OperationalError, IntegrityError):
                if empty_once():
                    return
            time.sleep(0.5)
        assert empty_once()

    kept, TransactionTestCase._fixture_teardown = TransactionTestCase._fixture_teardown, empty
    yield
    TransactionTestCase._fixture_teardown = kept


@pytest.fixture(scope="session", autouse=True)
def a_cache_for_each_process():
    """Tests that count from nothing empty the cache: not under the hands of another of pytest's processes."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    settings.CACHES["default"]["LOCATION"] += f"?db={1 + number % 15}"  # Of Valkey's sixteen; the broker has the first.
    with suppress(AttributeError):
        del caches["default"]  # The connection that something made while the tests were gathered.


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_once():
    """Each new Client builds the middleware anew, and WhiteNoise then looks at every static file of every app: more work than
    most pages are."""
    found, look = {}, WhiteNoiseMiddleware.add_files_from_finders

    def add_files_from_finders(self):
        if (key := (self.static_prefix, self.static_root)) not in found:
            look(self)
            found[key] = dict(self.files)
        self.files.update(found[key])

    WhiteNoiseMiddleware.add_files_from_finders = add_files_from_finders
    yield
    WhiteNoiseMiddleware.add_files_from_finders = look


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_quickly():
    """By the same algorithm, at a cost that keeps nobody out: each of some hundred tests would wait for a quarter of a second."""
    costs = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    dear = {name: getattr(Argon2PasswordHasher, name) for name in costs}
    for name, cost in costs.items():
        setattr(Argon2PasswordHasher, name, cost)
    yield
    for name, cost in dear.items():
        setattr(Argon2PasswordHasher, name, cost)


@pytest.fixture
def web_role():
    """`with web_role(): …` runs this connection's statements as the web role, in tests with real transactions."""

    @contextmanager
    def role():
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {settings.DATABASE_WEB_ROLE}")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")

    return role


def pytest_collection_finish():
    """What was gathered stays until the end: Python need not look through it again and again for what can be thrown away."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_collection_modifyitems(items):
    """Of the tests with a browser or real processes, which come last, the long ones first: so that no process is left alone
    with one of them at the end."""
    late = next((place for place, item in enumerate(items) if item.get_closest_marker("browser")), len(items))
    items[late:] = sorted(items[late:], key=lambda item: not _is_long(item))


def _is_long(item):
    limit = item.get_closest_marker("timeout")
    return bool(item.get_closest_marker("chaos") or (limit and limit.args and limit.args[0] >= 300))


# --- The browser: Debian's Chromium, a phone by default ---------------------------------------------------------------
@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser") or os.environ.get("CHROMIUM")
    if not path:
        pytest.fail("Chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser):
    """`new_page(viewport=…, javascript=…)`: a page in a context of its own. The test fails on a breach of the CSP or on an
    error in a script; `page.console` keeps what the console said."""
    contexts, console = [], []

    def make(viewport=PHONE, locale="es-MX", javascript=True, **more):
        context = browser.new_context(viewport=viewport, locale=locale, java_script_enabled=javascript, **more)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: console.append((message.type, message.text)))
        page.on("pageerror", lambda error: console.append(("pageerror", str(error))))
        page.console = console
        return page

    yield make
    for context in contexts:
        context.close()
    breaches = [text for kind, text in console if kind == "pageerror" or "Content Security Policy" in text]
    assert not breaches, breaches


@pytest.fixture
def page(new_page):
    """A page on a phone 360 pixels wide, in Mexican Spanish."""
    return new_page()


@pytest.fixture
def sign_in(live_server):
    """`sign_in(page, staff)`: the page's browser is signed in as this person."""

    def put_cookie(page, staff):
        client = Client()
        client.force_login(staff)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return put_cookie
