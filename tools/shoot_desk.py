"""Makes docs/images/desk-*.png: pages of the desk, and the same on a phone at night.

`python -m tools.shoot_desk`; it needs playwright and Debian's chromium, as the tests of pages do.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from starlette.applications import Starlette

from digest.app import make_pipeline, open_project
from digest.demo import run_demo
from digest.pipeline import Pipeline
from digest.roles import Role
from digest.services.admins import accounts, log_in
from digest.services.issues.edit import next_date
from digest.web.admin_port import AdminPlace
from digest.web.app import make_app
from tools.shoot_readme import EDGE, GROUND, framed, put

IMAGES = Path(__file__).parent.parent / "docs" / "images"
SIZE = (1500, 860)
DESKTOP, PHONE = (1080, 788), (345, 760)
STORIES = {
    "comet": "A comet brightens beyond all forecasts",
    "salt": "Batteries of salt leave the laboratory",
    "maize": "Maize that needs half the water is sown in six countries",
}


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """The application on a free port of loopback; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def shot(
    browser: Browser, url: str, path: str, token: str, size: tuple[int, int], *, dark: bool
) -> Image.Image:
    """What a window of this size shows of a page."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    context.add_cookies([{"name": "digest-session", "value": token, "url": url}])
    tab = context.new_page()
    tab.goto(url + path, wait_until="load")
    tab.wait_for_timeout(500)  # the mail within the page
    picture = Image.open(BytesIO(tab.screenshot()))
    context.close()
    return picture.convert("RGB")


def collect_more(pipeline: Pipeline) -> None:
    """Stories for tomorrow, beside those that the demo sent."""
    folder = pipeline.project.config.root / "seeds"
    for name, headline in STORIES.items():
        text = f"# {headline}\n\n- Three groups report it, and their data are open to all.\n"
        (folder / f"{name}.md").write_text(text)
    pipeline.collect()


def main() -> None:
    """Make the demo in a folder of its own, and put two views of each page side by side."""
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder) / "demo")
        with open_project(Path(folder) / "demo") as project, sync_playwright() as playwright:
            pipeline = make_pipeline(project)
            collect_more(pipeline)
            admin = accounts.add_admin(project, "ada@example.org", "Ada", Role.OWNER, "demo")
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), chromium_sandbox=False
            )
            letter = project.config.first_newsletter
            issue = f"/admin/issues/{letter.id}/{next_date(project, letter)}"
            pages = {"desk-today": "/admin", "desk-preview": issue, "desk-edit": f"{issue}/edit"}
            with serving(make_app(pipeline, AdminPlace(on_site=True))) as url:
                token = log_in.begin_session(project, admin, log_in.Browser("127.0.0.1", ""))
                for name, path in pages.items():
                    desktop = shot(browser, url, path, token, DESKTOP, dark=False)
                    phone = shot(browser, url, path, token, PHONE, dark=True)
                    put_side_by_side(desktop, phone, IMAGES / f"{name}.png")
            browser.close()


def put_side_by_side(desktop: Image.Image, phone: Image.Image, out: Path) -> None:
    """The two views of a page as one picture."""
    whole = Image.new("RGB", SIZE, GROUND)
    put(whole, framed(desktop, desktop.width, 0, 8, GROUND), (36, 36))
    put(whole, framed(phone, phone.width, 9, 34, EDGE), (SIZE[0] - PHONE[0] - 38, 36))
    whole.save(out, optimize=True)
    print(f"{out}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
