"""``python -m wsgi_gateway.parity`` writes the generated page to standard output.

Not for: a definition; ``wsgi-gateway parity FILE`` reads those.
"""

import sys

from wsgi_gateway.parity.page import page

if __name__ == "__main__":
    sys.stdout.write(page())
