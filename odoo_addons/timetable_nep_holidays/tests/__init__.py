from . import test_holidays, test_translations
