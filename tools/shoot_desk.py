"""Makes docs/images/desk-today.png: the first page of the desk, and the same on a phone at night.

`python -m tools.shoot_desk`; it needs what tools.shoot_readme needs.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tools.shoot_readme import (
    EDGE,
    GROUND,
    font_faces,
    framed,
    log_in,
    opened,
    put,
    save,
    served,
    shot,
)

SIZES = {"desk-today.png": (1500, 860)}
# For the next issue, beside those that the demo sent.
STORIES = {
    "comet": "A comet brightens beyond all forecasts",
    "salt": "Batteries of salt leave the laboratory",
    "maize": "Maize that needs half the water is sown in six countries",
}


def collect_more(folder: Path) -> None:
    """Put the stories into the demo's folder, and collect them."""
    for name, headline in STORIES.items():
        text = f"# {headline}\n\n- Three groups report it, and their data are open to all.\n"
        (folder / "seeds" / f"{name}.md").write_text(text)
    command = [sys.executable, "-m", "digest", "collect", "--project", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def first_page(browser: Browser, address: str, folder: Path) -> tuple[Image.Image, Image.Image]:
    """What a desktop shows of it by day, and a phone at night."""
    fonts = font_faces()
    with opened(browser, (1080, 788), "light") as context:
        page = context.new_page()
        log_in(page, folder, address)
        cookies = context.cookies()
        desktop = shot(page, f"{address}/admin", fonts)
    with opened(browser, (345, 760), "dark") as context:
        context.add_cookies(cookies)  # type: ignore[arg-type] # as they were given
        phone = shot(context.new_page(), f"{address}/admin", fonts)
    return desktop, phone


def main() -> None:
    """Make the demo, open its desk, and lay what it shows side by side."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / "demo"
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
        with served(folder) as address:
            collect_more(folder)
            desktop, phone = first_page(browser, address, folder)
        browser.close()
    whole = Image.new("RGB", SIZES["desk-today.png"], GROUND)
    put(whole, framed(desktop, 1060, 0, 10, GROUND), (30, 42))
    put(whole, framed(phone, 330, 9, 34, EDGE), (1126, 42))
    save(whole, "desk-today.png")


if __name__ == "__main__":
    main()
