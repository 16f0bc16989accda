#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`weir run --net`: what a program may do in the network, and what its user is told of what it may not."""
import pathlib
import socket
import subprocess
import unittest

from command import WEIR

GUEST = pathlib.Path(__file__).resolve().parent / "guests" / "net.wat"
ACCESS_DENIED, DONE = 0, 255


class Net(unittest.TestCase):
    def invoke(self, call, *args, code=0):
        done = subprocess.run([WEIR, "run", *args, "--invoke", call, GUEST], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_a_refusal_names_the_rule_that_grants_it(self):
        done = self.invoke("connect(9)")
        self.assertEqual(int(done.stdout), ACCESS_DENIED)
        self.assertEqual(done.stderr, "weir: warning: the program was refused a use of the network; "
                                      "`--net tcp-out:127.0.0.1:9` grants it\n")
        self.assertIn("`--net tcp-in:127.0.0.1:0`", self.invoke("bind(0)", "--net", "tcp-out").stderr)

    def test_the_rule_that_was_named_grants_it(self):
        done = self.invoke("bind(0)", "--net", "tcp-in:127.0.0.1:0")
        self.assertEqual((int(done.stdout), done.stderr), (DONE, ""))
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            done = self.invoke(f"connect({port})", "--net", f"tcp-out:127.0.0.1:{port}")
        self.assertEqual((int(done.stdout), done.stderr), (DONE, ""))

    def test_what_is_no_rule_is_refused(self):
        self.assertIn("`tcp-up` is no rule", self.invoke("bind(0)", "--net", "tcp-up", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
