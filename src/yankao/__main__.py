"""``yankao``: the command line."""

import sys

from yankao.site.commandline import main

if __name__ == "__main__":
    sys.exit(main())
