"""Opening a report as its readers do."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, Dialog, Page


@dataclass
class Visit:
    """An open page, and what it tried to do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("dialog", self._dismiss)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text))

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


class Open(Protocol):
    """Opens a file, at a fragment; keywords are those of a browser context."""

    def __call__(self, path: Path, fragment: str = "", **context: Any) -> Visit: ...


def open_file(browser: Browser, path: Path, fragment: str, **context: Any) -> tuple[BrowserContext, Visit]:
    opened = browser.new_context(**{"viewport": {"width": 1280, "height": 720}} | context)
    visit = Visit(opened.new_page())
    visit.watch()
    visit.page.goto(path.as_uri() + fragment)
    return opened, visit
