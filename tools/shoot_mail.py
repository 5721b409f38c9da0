"""Makes docs/images/mail.png, the mail of the demo on a desktop and on a phone in the dark.

`python -m tools.shoot_mail`; it needs playwright and Debian's chromium, as the tests of pages do.
"""

import shutil
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, sync_playwright

from digest.cli.issue import write_preview
from digest.demo import run_demo

OUT = Path(__file__).parent.parent / "docs" / "images" / "mail.png"
SIZE = (1180, 1250)
GROUND, EDGE = "#d9d5ca", "#101113"
DESKTOP, PHONE = (680, 1180), (365, 1160)


def shot(browser: Browser, page: Path, size: tuple[int, int], scheme: str) -> Image.Image:
    """What a window of this size shows of a page, first of all."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    tab = context.new_page()
    tab.goto(page.as_uri())
    picture = Image.open(BytesIO(tab.screenshot()))
    context.close()
    return picture.convert("RGB")


def framed(picture: Image.Image, frame: int, radius: int, colour: str) -> Image.Image:
    """A picture with round corners in a frame, as a screen has it."""
    size = (picture.width + 2 * frame, picture.height + 2 * frame)
    screen = Image.new("RGB", size, colour)
    screen.paste(picture, (frame, frame))
    mask = Image.new("L", (size[0] * 3, size[1] * 3))
    corners = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, radius * 3, fill=255)
    whole = Image.new("RGB", size, GROUND)
    whole.paste(screen, mask=mask.resize(size, Image.Resampling.LANCZOS))
    return whole


def main() -> None:
    """Make the demo in a folder of its own, and put two views of its mail side by side."""
    with tempfile.TemporaryDirectory() as folder:
        report = run_demo(Path(folder) / "demo")
        page, *_ = write_preview(report.preview, Path(folder) / "preview")
        with sync_playwright() as playwright:
            path = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=False)
            desktop = shot(browser, page, DESKTOP, "light")
            phone = shot(browser, page, PHONE, "dark")
            browser.close()
    whole = Image.new("RGB", SIZE, GROUND)
    whole.paste(framed(desktop, 0, 8, GROUND), (36, 36))
    whole.paste(framed(phone, 9, 34, EDGE), (SIZE[0] - PHONE[0] - 54, 36))
    whole.save(OUT, optimize=True)
    print(f"{OUT}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
