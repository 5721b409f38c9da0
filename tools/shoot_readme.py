"""Makes docs/images/overview.png and mail.png: the mail, the site and the desk of a demo.

`python -m tools.shoot_readme`; it needs playwright and chromium, as the tests of pages do,
and npm, from which it gets what stands for Georgia and the system's own font where there are none.
"""

import base64
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from digest.demo import lay_sample_stories
from tests.mailcheck.axe import CHROMIUM

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
FONTS = ROOT / "build" / "fonts"
# The files, and what they measure: tests/unit/test_images.py holds them to it.
SIZES = {"overview.png": (1760, 1190), "mail.png": (1180, 1250)}

GROUND, EDGE = "#d9d5ca", "#101113"
PASSWORD = "a demo of the desk for a picture"  # noqa: S105 - of an account that lives a minute
_FACES = (("Georgia", "gelasio"), ("Segoe UI", "inter"), ("system-ui", "inter"))


def font_faces() -> str:
    """The style that brings the fonts along."""
    if not (FONTS / "node_modules").is_dir():
        FONTS.mkdir(parents=True, exist_ok=True)
        packages = ["@fontsource/gelasio", "@fontsource/inter"]
        subprocess.run(["npm", "install", "--prefix", str(FONTS), *packages], check=True)
    faces = []
    for name, package in _FACES:
        for weight in (400, 700):
            files = FONTS / "node_modules" / "@fontsource" / package / "files"
            font = (files / f"{package}-latin-{weight}-normal.woff2").read_bytes()
            data = base64.b64encode(font).decode()
            faces.append(
                f"@font-face{{font-family:'{name}';font-weight:{weight};"
                f"src:url('data:font/woff2;base64,{data}')}}"
            )
    return "".join(faces)


@contextmanager
def opened(browser: Browser, size: tuple[int, int], scheme: str) -> Iterator[BrowserContext]:
    """A window of this size; a page's policy does not keep the fonts out."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=2,
        bypass_csp=True,
    )
    yield context
    context.close()


def shot(page: Page, address: str, fonts: str) -> Image.Image:
    """What the window shows of a page, first of all."""
    page.goto(address)
    page.add_style_tag(content=fonts)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(300)
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def framed(picture: Image.Image, width: int, frame: int, radius: int, colour: str) -> Image.Image:
    """A picture so wide, with round corners in a frame, as a screen has it."""
    height = round(picture.height * width / picture.width)
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    size = (width + 2 * frame, height + 2 * frame)
    screen = Image.new("RGBA", size, colour)
    screen.paste(picture, (frame, frame))
    mask = Image.new("L", (size[0] * 3, size[1] * 3))
    corners = (0, 0, mask.width - 1, mask.height - 1)
    ImageDraw.Draw(mask).rounded_rectangle(corners, radius * 3, fill=255)
    screen.putalpha(mask.resize(size, Image.Resampling.LANCZOS))
    return screen


def put(whole: Image.Image, screen: Image.Image, place: tuple[int, int]) -> None:
    """Lay a screen on the ground, with a shadow below it."""
    shadow = Image.new("L", whole.size)
    shadow.paste(screen.getchannel("A").point(lambda value: value // 3), (place[0], place[1] + 10))
    whole.paste("#3a362c", mask=shadow.filter(ImageFilter.GaussianBlur(16)))
    whole.paste(screen, place, screen)


def digest(*words: str) -> str:
    """What a command says."""
    command = [sys.executable, "-m", "digest", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def make_morning(folder: Path) -> None:
    """A project whose issue of today waits for its editors."""
    digest("init", str(folder))
    lay_sample_stories(folder / "seeds", datetime.now(UTC).date())
    project = ("--project", str(folder))
    for name in ("ada", "ben", "chiara"):
        digest("subscribers", "add", f"{name}@example.org", *project)
    digest("collect", *project)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A project with its site and its desk, at an address of this machine."""
    options = ("--admin", "--no-scheduler", "--port", "0", "--project", str(folder))
    server = subprocess.Popen(
        [sys.executable, "-m", "digest", "serve", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        lines = iter(server.stdout.readline, "")
        yield next(match[0] for line in lines if (match := re.search(r"http://[\d.:]+", line)))
    finally:
        server.terminate()
        server.wait()


def log_in(page: Page, folder: Path, address: str) -> None:
    """Open the desk as an account of its own."""
    said = digest("admins", "add", "ada@example.org", "--project", str(folder))
    link = re.search(r"https?://\S+?(/admin/\S+)", said)
    assert link is not None, said
    page.goto(address + link[1])
    for field in page.locator('input[type="password"]').all():
        field.fill(PASSWORD)
    page.locator("main button").first.click()


def main() -> None:
    """Make the demo, open its mail, its site and its desk, and lay what they show side by side."""
    fonts = font_faces()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder, morning = Path(temporary) / "demo", Path(temporary) / "morning"
        digest("demo", str(folder), "--no-open")
        make_morning(morning)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        with served(folder) as address:
            mail = (folder / "preview" / "issue.html").as_uri()
            with opened(browser, (680, 1240), "light") as context:
                desktop = shot(context.new_page(), mail, fonts)
            with opened(browser, (375, 1160), "dark") as context:
                phone = shot(context.new_page(), mail, fonts)
            with opened(browser, (1180, 800), "light") as context:
                site = shot(context.new_page(), address, fonts)
        with served(morning) as address, opened(browser, (1180, 800), "light") as context:
            page = context.new_page()
            log_in(page, morning, address)
            today = datetime.now(UTC).date()
            desk = shot(page, f"{address}/admin/issues/science-daily/{today}/edit", fonts)
        browser.close()
    whole = Image.new("RGB", SIZES["overview.png"], GROUND)
    put(whole, framed(site, 880, 0, 10, GROUND), (842, 36))
    put(whole, framed(desk, 880, 0, 10, GROUND), (842, 560))
    put(whole, framed(desktop, 560, 0, 10, GROUND), (36, 36))
    screen = phone.crop((0, 0, phone.width, phone.width * 780 // 375))
    put(whole, framed(screen, 262, 9, 34, EDGE), (536, 560))
    save(whole, "overview.png")
    whole = Image.new("RGB", SIZES["mail.png"], GROUND)
    put(whole, framed(desktop, 680, 0, 10, GROUND), (36, 36))
    put(whole, framed(phone, 365, 9, 34, EDGE), (760, 36))
    save(whole, "mail.png")


def save(picture: Image.Image, name: str) -> None:
    """Write it where the documents show it."""
    file = IMAGES / name
    picture.save(file, optimize=True)
    print(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
