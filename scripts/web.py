"""A browser's session with Odoo, as far as reading pages goes."""

import html
import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

from .paths import StackError


class Session:
    """Logged in by the login form, with its cookie."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(self.jar)
        )

    def login(self, login: str, password: str) -> None:
        """Fill the login form in and send it."""
        form = self.get("/web/login")
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        if token is None:
            raise StackError(f"The login page of {self.url} has no form.")
        data = urllib.parse.urlencode(
            {"csrf_token": token[1], "login": login, "password": password}
        ).encode()
        with self._opener.open(f"{self.url}/web/login", data, timeout=60) as page:
            if "/web/login" in page.geturl():
                raise StackError(f"{login} could not log in at {self.url}.")

    def get(self, path: str) -> str:
        """The text of a page."""
        try:
            with self._opener.open(f"{self.url}{path}", timeout=60) as page:
                return str(page.read().decode())
        except urllib.error.HTTPError as error:
            raise StackError(f"{self.url}{path} answered {error.code}.") from error
        except OSError as error:
            raise StackError(f"{self.url}{path} did not answer: {error}") from error

    def post(self, path: str, form: str, **fields: str) -> str:
        """Send a form with the token that the page ``form`` holds; gives the answer."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(form))
        if token is None:
            raise StackError(f"The page {form} has no form.")
        data = urllib.parse.urlencode({"csrf_token": token[1], **fields}).encode()
        try:
            with self._opener.open(f"{self.url}{path}", data, timeout=60) as page:
                return str(page.read().decode())
        except urllib.error.HTTPError as error:
            raise StackError(f"{self.url}{path} answered {error.code}.") from error

    @property
    def session_id(self) -> str:
        """The session's cookie."""
        return next((c.value or "" for c in self.jar if c.name == "session_id"), "")


def plain_text(page: str) -> str:
    """A page without its markup."""
    page = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
