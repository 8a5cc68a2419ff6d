#!/usr/bin/python3
"""Looks for texts and keys in every byte of every file below a directory, and of the memory of processes.

usage: search_town.py NEEDLES DIR [PID...]

NEEDLES: lines `name text VALUE` or `name hex VALUE`. Prints `name place` for each that is found, once for each place;
memory is the place `memory of PID`.
"""
import os
import re
import sys


def needles(path):
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            name, kind, value = line.rstrip("\n").split(" ", 2)
            found.setdefault(value.encode() if kind == "text" else bytes.fromhex(value), name)
    return found


def pattern(found):
    """All of them at once, told apart by their first eight bytes."""
    heads = {}
    for value in found:
        heads.setdefault(value[:8], []).append(value)
    return re.compile(b"|".join(re.escape(h) for h in sorted(heads)), re.S), heads


def search(data, found, compiled, heads, seen):
    for hit in compiled.finditer(data):
        for value in heads[hit.group()[:8]]:
            if data[hit.start() : hit.start() + len(value)] == value:
                seen.add(found[value])


def memory(pid):
    """Readable pieces of a process; mapped files are searched as files."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            parts = line.split(None, 5)
            start, end = (int(x, 16) for x in parts[0].split("-"))
            path = parts[5].strip() if len(parts) > 5 else ""
            if parts[1][0] != "r" or path.startswith("/") or path in ("[vvar]", "[vsyscall]"):
                continue
            mem.seek(start)
            try:
                yield mem.read(end - start)
            except (OSError, OverflowError, ValueError):
                continue


def main():
    found = needles(sys.argv[1])
    compiled, heads = pattern(found)
    for folder, _, names in os.walk(sys.argv[2]):
        for name in names:
            path, seen = os.path.join(folder, name), set()
            search(os.fsencode(name), found, compiled, heads, seen)
            if os.path.isfile(path) and os.path.getsize(path):
                with open(path, "rb") as f:
                    search(f.read().rstrip(b"\0"), found, compiled, heads, seen)  # files are made larger ahead of need
            for what in sorted(seen):
                print(what, os.path.relpath(path, sys.argv[2]))
    for pid in sys.argv[3:]:
        seen = set()
        for data in memory(pid):
            search(data, found, compiled, heads, seen)
        for what in sorted(seen):
            print(what, "memory of", pid)


main()
