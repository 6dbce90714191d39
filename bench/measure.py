"""
Runs a command and writes what it cost: `measure.py RESULT COMMAND...`.
Seconds of wall clock from start to exit, CPU seconds of the process with all its threads and children, its peak memory,
and the CPU seconds that everything else on the machine took meanwhile (Linux: /proc/stat).
"""

import json
import os
import subprocess
import sys
import time

TICKS = os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """Of all cores, since boot. Stolen time counts: it is another guest's work. Guest time is in `user` already."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


result, *command = sys.argv[1:]
before = busy_seconds()
start = time.monotonic()
child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
wall = time.monotonic() - start
cpu = usage.ru_utime + usage.ru_stime
with open(result, "w") as file:
    json.dump(
        {
            "exit": os.waitstatus_to_exitcode(status),
            "wall": wall,
            "cpu": cpu,
            "peakBytes": usage.ru_maxrss * 1024,
            "others": max(0, busy_seconds() - before - cpu),
        },
        file,
    )
