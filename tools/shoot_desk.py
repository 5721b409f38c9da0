"""Makes docs/images/desk-*.png: pages of the desk, and the same on a phone at night.

`python -m tools.shoot_desk`; it needs what tools.shoot_readme needs.
"""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.mailcheck.axe import CHROMIUM
from tools.shoot_readme import (
    EDGE,
    GROUND,
    font_faces,
    framed,
    log_in,
    make_morning,
    opened,
    put,
    save,
    served,
    shot,
)

SIZES = dict.fromkeys(["desk-today.png", "desk-preview.png", "desk-edit.png"], (1500, 860))


def views(
    browser: Browser, address: str, folder: Path
) -> Iterator[tuple[str, Image.Image, Image.Image]]:
    """Of each picture what a desktop shows of its page by day, and a phone at night."""
    fonts = font_faces()
    with (
        opened(browser, (1080, 788), "light") as desktop,
        opened(browser, (345, 760), "dark") as phone,
    ):
        page, small = desktop.new_page(), phone.new_page()
        log_in(page, folder, address)
        phone.add_cookies(desktop.cookies())  # type: ignore[arg-type] # as they were given
        page.goto(f"{address}/admin")
        # The issue that the page says comes next.
        issue = page.locator('a.button[href^="/admin/issues/"]').first.get_attribute("href")
        paths = ("/admin", issue, f"{issue}/edit")
        for name, path in zip(SIZES, paths, strict=True):
            url = f"{address}{path}"
            yield name, shot(page, url, fonts), shot(small, url, fonts)


def main() -> None:
    """Make the demo, open its desk, and lay what it shows side by side."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "demo"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        # Before the issue goes out, whenever the pictures are made.
        os.environ["DIGEST_NOW"] = f"{datetime.now(UTC):%Y-%m-%d}T05:05:00Z"
        make_morning(folder)
        with served(folder) as address:
            for name, desktop, phone in views(browser, address, folder):
                whole = Image.new("RGB", SIZES[name], GROUND)
                put(whole, framed(desktop, 1060, 0, 10, GROUND), (30, 42))
                put(whole, framed(phone, 330, 9, 34, EDGE), (1126, 42))
                save(whole, name)
        browser.close()


if __name__ == "__main__":
    main()
