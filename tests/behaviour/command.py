# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The command that the tests in Python run: WEIR is the argument of --weir, which is taken off what unittest sees."""
import argparse
import os
import sys

_parser = argparse.ArgumentParser(add_help=False)
_parser.add_argument("--weir", required=True)
_options, sys.argv[1:] = _parser.parse_known_args()
WEIR = os.path.abspath(_options.weir)
