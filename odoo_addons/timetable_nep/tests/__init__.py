from . import (
    test_academic,
    test_approval,
    test_board,
    test_hoot,
    test_import,
    test_panel_bus,
    test_portal,
    test_run,
    test_security,
    test_tours,
    test_webhook,
)
