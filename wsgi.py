"""What gunicorn and `flask` load: the application, or one line on standard error that says which setting is refused."""

import sys

from app import create_app
from config import RefusedSetting

try:
    app = create_app()
except RefusedSetting as refused:
    sys.exit(str(refused))
