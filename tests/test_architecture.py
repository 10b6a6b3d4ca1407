"""The rules of the house, each held by a test that bites (docs/architecture.md)."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from ngo import catalogues
from ngo.permissions import Permission

BASE = Path(settings.BASE_DIR)
GROUND, CASES, SHELTERS, ROOF = range(4)
NGO_ROOF = {
    "urls",
    "views",
    "forms",
    "services",
    "dashboard",
    "tasks",
    "admin",
    "management",
    "context",
    "middleware",
    "accounts",
}
LIBRARY_VIEWS = ("account_", "usersessions_", "admin:")  # allauth's and Django's own: each guards itself.


def floor_of(module: str) -> int | None:
    """The floor that a module stands on; None for what is not ours."""
    top, _, rest = module.partition(".")
    if top == "cases":
        return CASES
    if top == "shelters":
        return SHELTERS
    if top == "ngo":
        return ROOF if rest.split(".")[0] in NGO_ROOF else GROUND
    return None


def climbing_imports(module: str, source: str) -> list[str]:
    """The imports of a module that climb: from a floor to one above it."""
    here = floor_of(module)
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name for name in names if (floor := floor_of(name)) is not None and here is not None and floor > here]


def our_modules():
    for folder in ("ngo", "cases", "shelters"):
        for path in (BASE / folder).rglob("*.py"):
            yield path, ".".join(path.relative_to(BASE).with_suffix("").parts).removesuffix(".__init__")


def test_imports_only_walk_down():
    climbing = {
        module: names
        for path, module in our_modules()
        if (names := climbing_imports(module, path.read_text(encoding="utf-8")))
    }

    assert climbing == {}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("cases.services.people", "from shelters.models import Bed"),
        ("cases.views.people", "import shelters.nights"),
        ("ngo.audit", "from cases.models import Person"),
        ("ngo.models.staff", "from ngo.views import today"),
        ("shelters.board", "from ngo.dashboard import today"),
    ],
)
def test_the_rule_bites(module, source):
    assert climbing_imports(module, source)


def test_relative_imports_are_not_used():
    relative = [
        module
        for path, module in our_modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def routes(resolver=None, prefix=""):
    """Every route of the site: (name with namespace, view)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}", pattern.callback


def our_routes():
    return [(name, view) for name, view in routes() if not name.startswith(LIBRARY_VIEWS)]


def test_every_view_of_ours_names_its_permission():
    marks = {name: getattr(view, "permission", None) for name, view in our_routes()}

    assert marks
    assert {name for name, mark in marks.items() if mark != "public" and mark not in set(Permission)} == set()


def test_only_these_pages_are_open_without_signing_in():
    public = {name for name, view in our_routes() if getattr(view, "permission", None) == "public"}

    assert public == {
        "cases:calendar_feed",  # A calendar program has no password: the token in the address is what it knows.
        "cases:hook_receipt",  # Gateways have no sign-in: their signature is looked at.
        "cases:hook_written",
        "ngo:accept_invitation",
        "ngo:healthz",
        "ngo:hide",  # Hiding must work after the sign-in has run out, too.
        "ngo:hidden",
        "ngo:language",
        "ngo:metrics",  # To this machine and to who knows the token; to others it is not there.
        "ngo:readyz",
        "ngo:setup",
    }


def test_every_template_of_ours_is_used():
    sources = [path.read_text(encoding="utf-8") for path, _ in our_modules()]
    sources += [path.read_text(encoding="utf-8") for path in (BASE / "templates").rglob("*") if path.is_file()]
    everything = "\n".join(sources)
    of_libraries = ("account/", "usersessions/", "bootstrap5/", "django/", "allauth/", "admin/")
    unused = []
    for path in (BASE / "templates").rglob("*"):
        name = path.relative_to(BASE / "templates").as_posix()
        errors = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}  # Django asks for these by name.
        if (
            path.is_file()
            and not name.startswith(of_libraries)
            and name not in errors
            and f'"{name}"' not in everything
        ) and not re.search(rf"messages/\w+/{re.escape(path.name)}", name):  # Asked for by language.
            unused.append(name)
    assert unused == []


def bare_words(template: str) -> list[str]:
    """Words that stand in a template outside every translation tag."""
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", template, flags=re.S)
    text = re.sub(r"{% blocktrans(late)?\b.*?{% endblocktrans(late)? %}", "", text, flags=re.S)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.S)
    text = re.sub(r"<(script|style|symbol|svg)\b.*?</\1>", "", text, flags=re.S)
    seen = re.findall(r'\s(?:title|alt|aria-label|placeholder)="([^"]*)"', text)
    seen += re.sub(r"<[^>]*>", "\n", text, flags=re.S).split("\n")
    names = {"Posada", "Español", "English", "nbsp", "AGPL-3.0-or-later"}
    return [line.strip() for line in seen if set(re.findall(r"[^\W\d_]{2,}", line)) - names]


def test_every_word_in_a_template_can_be_translated():
    bare = {
        path.relative_to(BASE).as_posix(): words
        for path in (BASE / "templates").rglob("*.html")
        if "messages" not in path.relative_to(BASE / "templates").parts  # One file per language already.
        if (words := bare_words(path.read_text(encoding="utf-8")))
    }
    assert bare == {}


def test_a_bare_word_is_found():
    assert bare_words('<p title="Hello">{% translate "Fine" %} not fine</p>') == ["Hello", "not fine"]


@pytest.mark.parametrize("language", [*catalogues.LANGUAGES, *catalogues.GUEST_LANGUAGES])
def test_the_catalogue_is_complete(language):
    assert catalogues.faults(language) == []


def test_nothing_is_inline_and_nothing_comes_from_elsewhere():
    forbidden = re.compile(
        r"<style|\sstyle=|\son\w+=\"|javascript:|<script(?![^>]*\bsrc=)|src=\"https?:|href=\"https?://\S+\.css|data:image"
    )
    found = {
        path.relative_to(BASE).as_posix(): forbidden.findall(path.read_text(encoding="utf-8"))
        for path in (BASE / "templates").rglob("*.html")
        if forbidden.search(path.read_text(encoding="utf-8")) and "messages" not in path.parts
    }
    assert found == {}


def test_celery_is_the_clock_and_never_the_memory():
    banned = re.compile(r"\b(eta|countdown)\s*=|crontab\(|post_save|pre_save|@receiver\(")
    found = [module for path, module in our_modules() if banned.search(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.mark.django_db
def test_the_web_role_can_add_to_history_and_the_read_log_and_change_nothing_there():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, has_table_privilege(%(role)s, 'public.' || tablename, 'INSERT'),"
            " has_table_privilege(%(role)s, 'public.' || tablename, 'UPDATE, DELETE, TRUNCATE')"
            " FROM pg_tables WHERE schemaname = 'public' AND tablename ~ '^(ngo|cases|shelters)_'",
            {"role": settings.DATABASE_WEB_ROLE},
        )
        rights = {name: (may_insert, may_change) for name, may_insert, may_change in cursor.fetchall()}
    append_only = {name for name in rights if name.endswith("event") or name == "ngo_readlog"}
    assert len(append_only) > 20
    assert {rights[name] for name in append_only} == {(True, False)}
    assert all(may_insert for may_insert, _ in rights.values())


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_settings_import_with_an_empty_environment(tmp_path):
    done = run_python("import ngo.settings as s; print(s.LOCAL, len(s.SECRET_KEY) > 30)", POSADA_DATA=str(tmp_path))

    assert done.stdout.split() == ["True", "True"], done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "POSADA_FIELD_KEYS", "POSADA_SEARCH_KEY", "REDIS_URL"])
def test_outside_local_mode_no_secret_has_a_default(missing, tmp_path):
    given = {
        "DATABASE_URL": "postgres://web@db.example/posada",
        "REDIS_URL": "redis://broker.example/0",
        "SECRET_KEY": "s" * 50,
        "POSADA_FIELD_KEYS": "k",
        "POSADA_SEARCH_KEY": "h",
        "POSADA_DATA": str(tmp_path),
    }
    del given[missing]

    done = run_python("import ngo.settings", **given)

    assert done.returncode != 0
    assert f"{missing} is not set" in done.stderr
    assert not (tmp_path / "secrets.json").exists()
