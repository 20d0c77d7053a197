# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program as the cell of a notebook, in a kernel: `python notebook.py PROGRAM`."""

import pathlib
import sys

from jupyter_client.manager import start_new_kernel

if __name__ == "__main__":
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        reply = client.execute_interactive(pathlib.Path(sys.argv[1]).read_text(), timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    content = reply["content"]
    if content["status"] != "ok":
        sys.exit("\n".join(content["traceback"]))
