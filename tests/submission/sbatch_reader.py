"""What Slurm reads in the head of a job script, written after sbatch's source and manual and not after our quoting."""

from __future__ import annotations


def directives(script: str) -> dict[str, str]:
    """Return the long options of all #SBATCH lines before the first command, as sbatch understands them."""
    found = {}
    for line in script.split("\n"):
        if line and not line.startswith("#"):
            break  # sbatch reads no further than the first command
        if line.startswith("#SBATCH"):
            for argument in arguments(line.removeprefix("#SBATCH")):
                name, _, value = argument.removeprefix("--").partition("=")
                found[name] = value
    return found


def arguments(line: str) -> list[str]:
    """Return the arguments of a line (``_get_argument`` of src/sbatch/opt.c)."""
    found: list[str] = []
    k = 0
    while True:
        while k < len(line) and line[k].isspace():
            k += 1
        if k == len(line) or line[k] == "#":
            return found
        argument, quote = "", ""
        while k < len(line) and (quote or not line[k].isspace()):
            letter = line[k]
            if letter == "\\":
                k += 1
                argument += line[k]
            elif quote:
                quote = "" if letter == quote else quote
                argument += "" if letter in ('"', "'") and not quote else letter
            elif letter in ('"', "'"):
                quote = letter
            elif letter == "#":
                return [*found, argument]
            else:
                argument += letter
            k += 1
        assert not quote, f"a quote has no end: {line}"
        found.append(argument)


def output_path(pattern: str, numbers: dict[str, str]) -> str:
    """Return the path of a job's output (filename pattern of sbatch's manual)."""
    if "\\" in pattern:  # "do not process any of the replacement symbols"
        return pattern.replace("\\", "")
    path, k = "", 0
    while k < len(pattern):
        symbol = pattern[k : k + 2]
        if symbol == "%%":
            path += "%"
        elif symbol.startswith("%"):
            path += numbers[symbol[1]]
        else:
            path += symbol[:1]
            k -= 1
        k += 2
    return path
