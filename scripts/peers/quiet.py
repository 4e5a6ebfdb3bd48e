"""Runs a command while the machine does little else, as far as /proc/stat can tell."""

import os
import resource
import subprocess
import time

ALLOWED = 0.03  # Of the CPUs' time, for other processes.


def busy_seconds():
    """CPU time that all processes took since the machine started, without idle and waiting."""
    with open("/proc/stat") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    user, nice, system, _, _, interrupts, soft, steal = fields
    return (user + nice + system + interrupts + soft + steal) / os.sysconf("SC_CLK_TCK")


def wait(seconds):
    """Returns when the CPUs were idle for two seconds, or after `seconds`."""
    deadline, calm = time.monotonic() + seconds, 0
    while calm < 2 and time.monotonic() < deadline:
        before = busy_seconds()
        time.sleep(1)
        calm = calm + 1 if busy_seconds() - before < ALLOWED * os.cpu_count() else 0


def run(command, environment=None):
    """The command's output, and the share of the CPUs' time that other processes took meanwhile."""
    start, before, own = time.monotonic(), busy_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime
    others = busy_seconds() - before - taken
    return output, max(0.0, others / ((time.monotonic() - start) * os.cpu_count()))
