#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/serve: each option that its files give to weir is one, with a value of its kind, and what depends on each other
fits: ports, probes, times to stop."""
import json
import pathlib
import re
import shlex
import subprocess
import unittest

from command import WEIR

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "serve"
DOCS = EXAMPLES.parent.parent / "docs"


def text_of(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


def options_of_serve():
    """Name to whether a value follows, as the help has them."""
    said = subprocess.run([WEIR, "help", "serve"], capture_output=True, text=True, check=True).stdout
    return {name: bool(value) for name, value in re.findall(r"^  (?:-\w, )?(--[\w-]+)( [A-Z=]+)?", said, re.M)}


def unit():
    """The settings of the unit; a name may stand several times."""
    return re.findall(r"^(\w+)=(.*)$", text_of("weir.service"), re.M)


class Examples(unittest.TestCase):
    def setUp(self):
        self.options = options_of_serve()
        self.assertGreater(len(self.options), 25)

    def check(self, words, has_file=True):
        """Options and values in turn, and the component."""
        files, at = [], 0
        while at < len(words):
            name, equals, _ = words[at].partition("=")
            if name.startswith("--"):
                self.assertIn(name, self.options)
                at += 1 if self.options[name] and not equals else 0
            else:
                files.append(words[at])
            at += 1
        self.assertEqual(len(files), 1 if has_file else 0, files)

    def test_the_unit(self):
        start = dict(unit())["ExecStart"]
        words = shlex.split(start)
        self.assertEqual(words[1], "serve")
        self.check(words[2:])
        settings = dict(unit())
        self.assertGreater(int(settings["TimeoutStopSec"]), int(words[words.index("--drain") + 1]))
        self.assertIn("HUP", settings["ExecReload"])
        self.assertEqual(words[words.index("--record") + 1], "/var/lib/" + settings["StateDirectory"])
        self.assertEqual(words[words.index("--cache-dir") + 1], "/var/cache/" + settings["CacheDirectory"])

    def test_the_container(self):
        lines = dict(re.findall(r"^(ENTRYPOINT|CMD) (.*)$", text_of("Containerfile"), re.M))
        entry, rest = json.loads(lines["ENTRYPOINT"]), json.loads(lines["CMD"])
        self.assertEqual(entry[:2], ["weir", "serve"])
        self.check(entry[2:] + rest)
        ports = re.search(r"^EXPOSE (.*)$", text_of("Containerfile"), re.M).group(1).split()
        self.assertEqual([":" + port for port in ports], [entry[entry.index(name) + 1] for name in ("--addr", "--admin")])

    def test_the_deployment(self):
        text = text_of("kubernetes.yaml")
        arguments = json.loads(re.search(r"args: (\[.*\])", text).group(1))
        self.check(arguments)
        grace = int(re.search(r"terminationGracePeriodSeconds: (\d+)", text).group(1))
        self.assertGreater(grace, int(arguments[arguments.index("--drain") + 1]))
        ports = dict(re.findall(r"name: (\w+), containerPort: (\d+)", text))
        self.assertEqual(ports, {"http": "8080", "admin": "9090"})
        self.assertEqual(set(re.findall(r"path: (/\w+), port: (\w+)", text)), {("/healthz", "admin"), ("/readyz", "admin")})

    def test_commands_in_the_documentation(self):
        commands = re.findall(r"^\$ weir serve (.*)$", (DOCS / "serve.md").read_text(encoding="utf-8"), re.M)
        self.assertGreater(len(commands), 2)
        for command in commands:
            self.check(shlex.split(command, comments=True))


if __name__ == "__main__":
    unittest.main()
