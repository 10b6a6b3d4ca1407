"""The pictures of the README: Posada is started on its own demo, and Chromium looks at it (`make shots`)."""

import re
import socket
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from ngo.local import BASE
from tests.conftest import BROWSER_FLAGS, PHONE
from tests.processes import command, data_folder, wait_until

FOLDER = BASE / "docs" / "screenshots"
LAPTOP = {"width": 1280, "height": 800}
SIGN_IN = re.compile(r"(casos@mezquite\.example)\s+(\S+)")
PICTURES = [
    ("board", "/shelters/casa-mezquite/board/", LAPTOP, "light"),
    ("board-phone", "/shelters/casa-mezquite/board/", PHONE, "dark"),
    ("today", "/", LAPTOP, "light"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(f"{address}/account/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def take(address: str, email: str, password: str, chromium: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_FLAGS)
        for name, path, size, scheme in PICTURES:
            page = browser.new_context(viewport=size, color_scheme=scheme, locale="es-MX").new_page()
            sign_in(page, address, email, password)
            page.goto(f"{address}{path}")
            page.screenshot(path=FOLDER / f"{name}.png")
            page.context.close()
            print(f"docs/screenshots/{name}.png")
        browser.close()


def main(chromium: str = "/usr/bin/chromium") -> int:
    address = f"http://127.0.0.1:{(port := free_port())}"
    with data_folder() as folder:
        log = Path(folder.parent) / "log"
        running = command(folder, "serve", log=log, PORT=str(port))
        try:
            if not wait_until(lambda: "is ready" in log.read_text() and answers(address), seconds=180):
                print(log.read_text())
                return 1
            take(address, *SIGN_IN.search(log.read_text()).groups(), chromium)
        finally:
            running.terminate()
            running.wait(timeout=30)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
