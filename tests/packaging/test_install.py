#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs weir into a fresh prefix, moves it, and builds programs elsewhere against it: with pkg-config, shared and
static, and with CMake's find_package. The shared library must show the public headers' functions and nothing else.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

OPTIONS = argparse.Namespace()
PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C)
find_package(weir REQUIRED)
find_package(Threads REQUIRED)
add_executable(shared user.c)
target_link_libraries(shared PRIVATE weir::weir Threads::Threads)
add_executable(static user.c)
target_link_libraries(static PRIVATE weir::static)
"""


def run(command, cwd, **environment):
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False,
                          env={**os.environ, **{key: str(value) for key, value in environment.items()}})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def declared(headers):
    """The functions that the public headers export."""
    text = "\n".join(path.read_text() for path in headers.glob("*.h"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return set(re.findall(r"^WEIR_API [^;]*?\b(weir_\w+)\(", text, flags=re.MULTILINE))


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.top = pathlib.Path(cls.folder.name)
        run(["cmake", "--install", OPTIONS.build, "--prefix", cls.top / "first"], cls.top)
        cls.prefix = cls.top / "moved elsewhere".replace(" ", "-")
        shutil.move(cls.top / "first", cls.prefix)
        cls.lib = next(path.parent for path in cls.prefix.rglob("libweir.so"))
        shutil.copy(OPTIONS.source / "examples" / "embedding.c", cls.top / "user.c")
        cls.flags = [f"-fsanitize={OPTIONS.sanitize}"] if OPTIONS.sanitize else []

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def expect_program_to_work(self, program, **environment):
        guest = OPTIONS.source / "examples" / "guests" / "wat" / "sleeper.wat"
        expected = (OPTIONS.source / "examples" / "expected" / "embedding.txt").read_text()
        self.assertEqual(run([program, guest], self.top, **environment), expected)

    def build(self, name, package):
        answer = run(["pkg-config", "--cflags", "--libs", package], self.top, PKG_CONFIG_PATH=self.lib / "pkgconfig")
        self.assertNotIn(str(OPTIONS.source), answer)
        program = self.top / name
        run([OPTIONS.cc, *self.flags, "user.c", "-o", program, *answer.split(), "-lpthread"], self.top)
        return program

    def test_a_program_links_the_shared_library(self):
        program = self.build("shared", "weir")
        self.assertIn("libweir.so", run(["readelf", "-d", program], self.top))
        self.expect_program_to_work(program, LD_LIBRARY_PATH=self.lib)

    def test_a_program_links_the_archives(self):
        program = self.build("static", "weir-static")
        self.assertNotIn("libweir.so", run(["readelf", "-d", program], self.top))
        self.expect_program_to_work(program)

    def test_a_project_finds_the_package(self):
        folder = self.top / "project"
        folder.mkdir()
        shutil.copy(self.top / "user.c", folder)
        (folder / "CMakeLists.txt").write_text(PROJECT)
        run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}",
             f"-DCMAKE_C_FLAGS={' '.join(self.flags)}"], folder)
        run(["cmake", "--build", folder / "build"], folder)
        for name in ("shared", "static"):
            self.expect_program_to_work(folder / "build" / name)

    def test_the_shared_library_shows_the_headers_and_nothing_else(self):
        lines = run(["nm", "-D", "--defined-only", self.lib / "libweir.so"], self.top).splitlines()
        nodes = {"WEIR_0.1", "WEIR_UNSTABLE"}
        shown = {line.split()[-1] for line in lines} - nodes
        self.assertEqual({name.partition("@@")[0] for name in shown}, declared(self.prefix / "include" / "weir"))
        self.assertEqual({name.partition("@@")[2] for name in shown}, nodes)
        self.assertIn("weir_call_start@@WEIR_0.1", shown)
        self.assertIn("weir_bridge_new@@WEIR_UNSTABLE", shown)

    def test_the_manual_page_and_the_command_are_there(self):
        self.assertTrue((self.prefix / "share" / "man" / "man1" / "weir.1").is_file())
        self.assertIn("weir", run([self.prefix / "bin" / "weir", "--version"], self.top))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--sanitize", default="")
    _, rest = parser.parse_known_args(namespace=OPTIONS)
    unittest.main(argv=["test_install", *rest])


if __name__ == "__main__":
    main()
