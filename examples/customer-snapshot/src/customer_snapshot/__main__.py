"""`python -m customer_snapshot` is the `customer-snapshot` command."""

import sys

from customer_snapshot.cli import main

sys.exit(main())
