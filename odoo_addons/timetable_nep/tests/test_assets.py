from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestAssets(TransactionCase):
    """A style that Sass refuses would take the style from all of Odoo."""

    def test_styles_compile(self):
        for name in ("web.assets_web", "web.assets_web_dark", "web.assets_frontend"):
            bundle = self.env["ir.qweb"]._get_asset_bundle(name, debug_assets=False)
            with self.subTest(bundle=name):
                self.assertTrue(bundle.preprocess_css())
                self.assertEqual(bundle.css_errors, [])
