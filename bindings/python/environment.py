# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A virtual environment that has what a list of requirements names."""
import shutil
import subprocess
import sys


def environment_in(folder, requirements):
    """Python in folder/venv, made anew where a list has changed; else a text: why pip cannot make it."""
    folder = folder.resolve()
    python, stamp = folder / "venv" / "bin" / "python", folder / "venv" / "requirements.stamp"
    wanted = "\n".join(path.read_text(encoding="utf-8") for path in
                       (requirements, requirements.parent.parent / "requirements.txt") if path.exists())
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python, ""
    shutil.rmtree(folder / "venv", ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r",
                           requirements], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, done.stderr
    stamp.write_text(wanted, encoding="utf-8")
    return python, ""
