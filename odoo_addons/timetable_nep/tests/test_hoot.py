from odoo.tests import HttpCase, no_retry, tagged

from odoo.addons.web.tests.test_js import HOOTCommon, unit_test_error_checker


class HootCase(HttpCase):
    """The unit tests of our own components, in headless Chromium."""

    def _run_suite(self, preset):
        suite = HOOTCommon._generate_hash(self, "@timetable_nep")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset={preset}&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )


@tagged("post_install", "-at_install")
class TestHoot(HootCase):
    @no_retry
    def test_desktop(self):
        """Progress panel and board behave on a desktop."""
        self._run_suite("desktop")


@tagged("post_install", "-at_install")
class TestHootMobile(HootCase):
    browser_size = "375x667"
    touch_enabled = True

    @no_retry
    def test_mobile(self):
        """The board behaves on a phone."""
        self._run_suite("mobile")
