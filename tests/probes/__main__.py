"""Write the answers of the classic stack, or say where another one differs from it."""

import sys
import time
from pathlib import Path

sys.path[:1] = map(str, Path(__file__).parents[1:3])

import probes  # noqa: E402


def differences(here, classic, where=""):
    """Yield where two answers differ, as (place, here, classic)."""
    if isinstance(here, dict) and isinstance(classic, dict) and here.keys() == classic.keys():
        for key in here:
            yield from differences(here[key], classic[key], f"{where}[{key}]")
    elif not probes.same(here, classic):
        yield where, here, classic


seconds, answers = {}, {}
for name in probes.load():
    if all(word in name for word in sys.argv[1:]):
        start = time.perf_counter()
        answers[name] = list(probes.answer(name))
        seconds[name] = time.perf_counter() - start

if probes.is_classic() and len(sys.argv) == 1:
    probes.write(answers)
else:
    classic = probes.classic_answers()
    differing = [n for n, (value, _) in answers.items() if not probes.same(value, classic[n][0])]
    warning = [n for n, (_, kinds) in answers.items() if set(kinds) - set(classic[n][1])]
    for name in differing:
        print(name)
        for where, here, there in differences(answers[name][0], classic[name][0]):
            print(f"    {where} here:    {here}\n    {where} classic: {there}")
    for name in warning:
        print(f"{name} warns: {answers[name][1]}; classic: {classic[name][1]}")
    print(f"{len(differing)} of {len(answers)} differ, {len(warning)} warn")
slowest = sorted(seconds, key=seconds.get)[:-6:-1]
print(f"{sum(seconds.values()):.0f} s; slowest: {[(n, round(seconds[n], 1)) for n in slowest]}")
