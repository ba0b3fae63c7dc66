"""Runs a command in a terminal, presses Ctrl-C at its first prompt, and prints what it wrote and what it ended with."""

import os
import pty
import sys

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
written = b""
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:  # how Linux says that it has ended
        some = b""
    if not some:
        break
    if b"> " not in written and b"> " in written + some:
        os.write(terminal, b"\x03")
    written += some
print(written.decode())
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
